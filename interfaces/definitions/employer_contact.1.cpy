      *****************************************************************
      * EMPCONT  E-SERVICE - CONTACT REGISTER OF EMPLOYERS            *
      *          TEXT, 200 BYTES A LINE, CP874, CRLF                  *
      *          DATES: BUDDHIST ERA, FOUR-DIGIT YEAR                 *
      *          LAYOUT DEFINED BY THE PRAKAN PROJECT, VERSION 1      *
      *****************************************************************
       01  CONTACT-HEADER-RECORD.
           05  HDR-RECORD-TYPE             PIC X(01).
           05  HDR-FILE-ID                 PIC X(08).
           05  HDR-BUSINESS-DATE           PIC 9(08).
           05  HDR-SEQUENCE                PIC 9(06).
           05  FILLER                      PIC X(177).
       01  CONTACT-DETAIL-RECORD.
           05  RECORD-TYPE                 PIC X(01).
           05  EMPLOYER-ACCOUNT            PIC X(10).
           05  EMPLOYER-BRANCH             PIC X(06).
           05  CONTACT-NAME                PIC X(60).
           05  CONTACT-EMAIL               PIC X(100).
           05  CONFIRMED-DATE              PIC 9(08).
           05  FILLER                      PIC X(15).
       01  CONTACT-TRAILER-RECORD.
           05  TRL-RECORD-TYPE             PIC X(01).
           05  TRL-RECORD-COUNT            PIC 9(09).
           05  TRL-ACCOUNT-HASH            PIC 9(15).
           05  FILLER                      PIC X(175).
