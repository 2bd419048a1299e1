      *****************************************************************
      * ANSWER TO AN EMPLOYER'S FILE, A LINE PER RECORD AND FINDING   *
      *          TEXT, CP874, CRLF, EACH RECORD TYPE ITS OWN LENGTH   *
      *          DATES AND PERIODS: BUDDHIST ERA, FOUR-DIGIT YEAR     *
      *          LAYOUT DEFINED BY THE PRAKAN PROJECT, VERSION 1      *
      *****************************************************************
       01  ANSWER-HEADER-RECORD.
           05  HDR-RECORD-TYPE             PIC X(01).
           05  HDR-BUSINESS-DATE           PIC 9(08).
           05  HDR-ANSWER-NUMBER           PIC 9(03).
           05  HDR-FILING-NAME             PIC X(60).
           05  HDR-FILING-SHA256           PIC X(64).
           05  HDR-EMPLOYER-ACCOUNT        PIC X(10).
           05  HDR-WAGE-PERIOD             PIC 9(06).
           05  HDR-RESULT                  PIC X(01).
               88  RESULT-ACCEPTED         VALUE 'A'.
               88  RESULT-WITH-REFUSALS    VALUE 'P'.
               88  RESULT-REFUSED          VALUE 'R'.
           05  HDR-REASON-CODE             PIC X(30).
           05  HDR-REASON-TEXT             PIC X(140).
       01  ANSWER-LINE-RECORD.
           05  RECORD-TYPE                 PIC X(01).
           05  RECORD-NUMBER               PIC 9(09).
           05  FILED-RECORD-TYPE           PIC X(03).
           05  BRANCH-NO                   PIC X(06).
           05  NATIONAL-ID                 PIC X(13).
           05  OUTCOME                     PIC X(01).
               88  LINE-ACCEPTED           VALUE 'A'.
               88  LINE-CORRECTED          VALUE 'C'.
               88  LINE-REMARKED           VALUE 'W'.
               88  LINE-REFUSED            VALUE 'R'.
           05  FINDING-COUNT               PIC 9(03).
           05  FILED-WAGES                 PIC 9(13)V99.
           05  FILED-CONTRIBUTION          PIC 9(12)V99.
           05  DUE-AMOUNT                  PIC 9(12)V99.
       01  ANSWER-FINDING-RECORD.
           05  FND-RECORD-TYPE             PIC X(01).
           05  FND-RECORD-NUMBER           PIC 9(09).
           05  FINDING-NUMBER              PIC 9(03).
           05  FINDING-EFFECT              PIC X(01).
               88  REFUSES-FILE            VALUE 'F'.
               88  REFUSES-LINE            VALUE 'R'.
               88  REMARK-ONLY             VALUE 'W'.
           05  FIELD-NAME                  PIC X(30).
           05  FINDING-CODE                PIC X(30).
           05  VALUE-FILED                 PIC X(60).
           05  FINDING-TEXT                PIC X(140).
       01  ANSWER-TRAILER-RECORD.
           05  TRL-RECORD-TYPE             PIC X(01).
           05  TRL-LINE-COUNT              PIC 9(09).
           05  TRL-FINDING-COUNT           PIC 9(09).
           05  TRL-READ-COUNT              PIC 9(09).
           05  TRL-ACCEPTED-COUNT          PIC 9(09).
           05  TRL-REFUSED-COUNT           PIC 9(09).
           05  TRL-DECLARED-AMOUNT         PIC 9(13)V99.
           05  TRL-DUE-AMOUNT              PIC 9(13)V99.
           05  TRL-MONTH-DUE               PIC 9(13)V99.
           05  TRL-MONTH-PAID              PIC 9(13)V99.
           05  TRL-MONTH-SURCHARGE         PIC 9(13)V99.
           05  TRL-MONTH-OUTSTANDING       PIC 9(13)V99.
           05  TRL-MONTH-OVERPAID          PIC 9(13)V99.
