      *****************************************************************
      * ACKNOWLEDGEMENT OF EMPLOYERS' BILL PAYMENTS                  *
      *          TEXT, 300 BYTES A LINE, CP874, CRLF                  *
      *          DATES: BUDDHIST ERA, FOUR-DIGIT YEAR                 *
      *          LAYOUT DEFINED BY THE PRAKAN PROJECT, VERSION 1      *
      *****************************************************************
       01  ACK-HEADER-RECORD.
           05  HDR-RECORD-TYPE             PIC X(01).
           05  HDR-BUSINESS-DATE           PIC 9(08).
           05  HDR-SEQUENCE                PIC 9(06).
           05  HDR-RETURN-FILE-NAME        PIC X(60).
           05  HDR-RETURN-FILE-SHA256      PIC X(64).
           05  HDR-RESULT                  PIC X(01).
               88  RESULT-ACCEPTED         VALUE 'A'.
               88  RESULT-WITH-REJECTS     VALUE 'P'.
               88  RESULT-REFUSED          VALUE 'R'.
           05  HDR-REASON-CODE             PIC X(30).
           05  HDR-REASON-TEXT             PIC X(124).
           05  HDR-SUPERSEDES              PIC 9(06).
       01  ACK-DETAIL-RECORD.
           05  RECORD-TYPE                 PIC X(01).
           05  SEQUENCE-NUMBER             PIC 9(06).
           05  REFERENCE-1                 PIC X(20).
           05  REFERENCE-2                 PIC X(20).
           05  AMOUNT                      PIC 9(11)V99.
           05  RECORD-RETURN-CODE          PIC 9(03).
           05  RETURN-TEXT                 PIC X(80).
           05  FILLER                      PIC X(157).
       01  ACK-TRAILER-RECORD.
           05  TRL-RECORD-TYPE             PIC X(01).
           05  TRL-RECORD-COUNT            PIC 9(09).
           05  TRL-POSTED-COUNT            PIC 9(09).
           05  TRL-POSTED-AMOUNT           PIC 9(15)V99.
           05  TRL-BROKEN-COUNT            PIC 9(09).
           05  TRL-BROKEN-AMOUNT           PIC 9(15)V99.
           05  FILLER                      PIC X(238).
