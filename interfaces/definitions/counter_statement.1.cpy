      *****************************************************************
      * SETTLEMENT STATEMENT OF A CLOSED DAY FOR PAYMENT COUNTERS     *
      *          TEXT, 160 BYTES A LINE, CP874, CRLF                  *
      *          DATES: BUDDHIST ERA, FOUR-DIGIT YEAR                 *
      *          LAYOUT DEFINED BY THE PRAKAN PROJECT, VERSION 1      *
      *****************************************************************
       01  STATEMENT-HEADER-RECORD.
           05  HDR-RECORD-TYPE             PIC X(01).
           05  HDR-STATEMENT-NAME          PIC X(20).
           05  HDR-VERSION                 PIC 9(03).
           05  HDR-BUSINESS-DATE           PIC 9(08).
           05  HDR-SEQUENCE                PIC 9(06).
           05  HDR-PARTNER                 PIC X(20).
           05  HDR-BOOKS-FROM              PIC 9(08).
           05  HDR-BOOKS-TO                PIC 9(08).
           05  HDR-CLEARING-OPENING        PIC S9(13)V99
                                           SIGN IS LEADING SEPARATE.
           05  HDR-CLEARING-CLOSING        PIC S9(13)V99
                                           SIGN IS LEADING SEPARATE.
           05  HDR-SUSPENSE-OPENING        PIC S9(13)V99
                                           SIGN IS LEADING SEPARATE.
           05  HDR-SUSPENSE-CLOSING        PIC S9(13)V99
                                           SIGN IS LEADING SEPARATE.
           05  FILLER                      PIC X(22).
       01  STATEMENT-DETAIL-RECORD.
           05  RECORD-TYPE                 PIC X(01).
           05  LINE-NUMBER                 PIC 9(06).
           05  LINE-KIND                   PIC X(10).
           05  SECTION-CODE                PIC X(02).
           05  OPTION-CODE                 PIC X(02).
           05  ENTRY-CODE                  PIC X(30).
           05  COLLECTION-DATE             PIC 9(08).
           05  ENTRY-COUNT                 PIC 9(09).
           05  ENTRY-AMOUNT                PIC S9(13)V99
                                           SIGN IS LEADING SEPARATE.
           05  CLEARING-CHANGE             PIC S9(13)V99
                                           SIGN IS LEADING SEPARATE.
           05  SUSPENSE-CHANGE             PIC S9(13)V99
                                           SIGN IS LEADING SEPARATE.
           05  FILLER                      PIC X(44).
       01  STATEMENT-TRAILER-RECORD.
           05  TRL-RECORD-TYPE             PIC X(01).
           05  TRL-RECORD-COUNT            PIC 9(09).
           05  TRL-CLEARING-CHANGE         PIC S9(13)V99
                                           SIGN IS LEADING SEPARATE.
           05  TRL-SUSPENSE-CHANGE         PIC S9(13)V99
                                           SIGN IS LEADING SEPARATE.
           05  FILLER                      PIC X(118).
