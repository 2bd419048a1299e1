      *****************************************************************
      * CREDITS TO PAYERS' BANK ACCOUNTS (REFUNDS OF CONTRIBUTIONS)   *
      *          TEXT, 498 BYTES A LINE, CP874, CRLF                  *
      *          DATES: COMMON ERA, DDMMYYYY                          *
      *****************************************************************
       01  CREDIT-HEADER-RECORD.
           05  HDR-FILE-TYPE               PIC X(02).
           05  HDR-RECORD-TYPE             PIC X(01).
           05  HDR-BATCH-NUMBER            PIC X(06).
           05  HDR-SENDING-BANK            PIC X(03).
           05  HDR-TOTAL-COUNT             PIC 9(07).
           05  HDR-TOTAL-AMOUNT            PIC 9(17)V99.
           05  HDR-EFFECTIVE-DATE          PIC 9(08).
           05  HDR-TRANSACTION-CODE        PIC X(01).
           05  HDR-RECEIVER-NUMBER         PIC X(08).
           05  HDR-COMPANY-ID              PIC X(16).
           05  HDR-USER-ID                 PIC X(20).
           05  FILLER                      PIC X(407).
       01  CREDIT-DETAIL-RECORD.
           05  FILE-TYPE                   PIC X(02).
           05  RECORD-TYPE                 PIC X(01).
           05  BATCH-NUMBER                PIC X(06).
           05  RECEIVING-BANK              PIC X(03).
           05  RECEIVING-BRANCH            PIC X(04).
           05  RECEIVING-ACCOUNT           PIC X(11).
           05  SENDING-BANK                PIC X(03).
           05  SENDING-BRANCH              PIC X(04).
           05  SENDING-ACCOUNT             PIC X(11).
           05  EFFECTIVE-DATE              PIC 9(08).
           05  SERVICE-TYPE                PIC X(02).
           05  CLEARING-HOUSE              PIC X(02).
           05  TRANSFER-AMOUNT             PIC 9(15)V99.
           05  RECEIVER-INFORMATION        PIC X(08).
           05  RECEIVER-ID                 PIC X(10).
           05  RECEIVER-NAME               PIC X(100).
           05  SENDER-NAME                 PIC X(100).
           05  OTHER-INFORMATION-1         PIC X(40).
           05  REFERENCE-1                 PIC X(18).
           05  FILLER                      PIC X(02).
           05  REFERENCE-2                 PIC X(18).
           05  FILLER                      PIC X(02).
           05  OTHER-INFORMATION-2         PIC X(20).
           05  LINE-NUMBER                 PIC 9(06).
           05  CREDIT-STATUS               PIC X(02).
           05  EMAIL-ADDRESS               PIC X(40).
           05  MOBILE-NUMBER               PIC X(20).
           05  RECEIVING-SUB-BRANCH        PIC X(04).
           05  FILLER                      PIC X(34).
