      *****************************************************************
      * EMPNOTE  CONTRIBUTIONS SYSTEM - EMPLOYERS TO BE NOTIFIED       *
      *          TEXT, 240 BYTES A LINE, CP874, CRLF                   *
      *          DATES: BUDDHIST ERA, FOUR-DIGIT YEAR                  *
      *          LAYOUT DEFINED BY THE PRAKAN PROJECT, VERSION 1       *
      *****************************************************************
       01  NOTICE-HEADER-RECORD.
           05  HDR-RECORD-TYPE             PIC X(01).
           05  HDR-FILE-ID                 PIC X(08).
           05  HDR-BUSINESS-DATE           PIC 9(08).
           05  HDR-SEQUENCE                PIC 9(06).
           05  HDR-NOTICE-CODE             PIC X(04).
           05  FILLER                      PIC X(213).
       01  NOTICE-DETAIL-RECORD.
           05  RECORD-TYPE                 PIC X(01).
           05  NOTICE-CODE                 PIC X(04).
           05  EMPLOYER-ACCOUNT            PIC X(10).
           05  EMPLOYER-BRANCH             PIC X(06).
           05  EMPLOYER-NAME               PIC X(80).
           05  EMPLOYER-TYPE               PIC X(02).
           05  OFFICE-CODE                 PIC X(04).
           05  WAGE-PERIOD                 PIC 9(06).
           05  AMOUNT                      PIC 9(13)V99.
           05  DEADLINE-DATE               PIC 9(08).
           05  REMARK                      PIC X(60).
           05  FILLER                      PIC X(44).
       01  NOTICE-TRAILER-RECORD.
           05  TRL-RECORD-TYPE             PIC X(01).
           05  TRL-RECORD-COUNT            PIC 9(09).
           05  TRL-ACCOUNT-HASH            PIC 9(15).
           05  TRL-TOTAL-AMOUNT            PIC 9(15)V99.
           05  FILLER                      PIC X(198).
