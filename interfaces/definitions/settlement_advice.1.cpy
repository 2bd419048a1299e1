      *****************************************************************
      * SETTLEMENT ADVICE OF A BANK, H/D/T: WHAT IT CREDITED TO THE   *
      * ACCOUNT, FOR EACH COLLECTOR AND COLLECTION DAY                *
      *          TEXT, 160 BYTES A LINE, CP874, LF                    *
      *          DATES: GREGORIAN DDMMYYYY                            *
      *          LAYOUT DEFINED BY THE PRAKAN PROJECT, VERSION 1      *
      *****************************************************************
       01  ADVICE-HEADER-RECORD.
           05  HDR-RECORD-TYPE             PIC X(01).
           05  HDR-SEQUENCE                PIC 9(06).
           05  HDR-BANK-CODE               PIC X(03).
           05  HDR-ACCOUNT-NUMBER          PIC X(10).
           05  HDR-ACCOUNT-NAME            PIC X(40).
           05  HDR-STATEMENT-DATE          PIC 9(08).
           05  FILLER                      PIC X(92).
       01  ADVICE-DETAIL-RECORD.
           05  RECORD-TYPE                 PIC X(01).
           05  LINE-NUMBER                 PIC 9(06).
           05  COLLECTOR-CODE              PIC X(04).
           05  COLLECTION-DATE             PIC 9(08).
           05  VALUE-DATE                  PIC 9(08).
           05  PAYMENT-COUNT               PIC 9(07).
           05  GROSS-AMOUNT                PIC 9(13)V99.
           05  FEE-AMOUNT                  PIC 9(11)V99.
           05  NET-AMOUNT                  PIC 9(13)V99.
           05  BANK-REFERENCE              PIC X(20).
           05  FILLER                      PIC X(63).
       01  ADVICE-TRAILER-RECORD.
           05  TRL-RECORD-TYPE             PIC X(01).
           05  TRL-LINE-COUNT              PIC 9(06).
           05  TRL-GROSS-AMOUNT            PIC 9(13)V99.
           05  TRL-FEE-AMOUNT              PIC 9(13)V99.
           05  TRL-NET-AMOUNT              PIC 9(13)V99.
           05  FILLER                      PIC X(108).
