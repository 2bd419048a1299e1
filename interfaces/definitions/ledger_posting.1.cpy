      *****************************************************************
      * LGRPOST  LEDGER - CONTRIBUTIONS ENTERED AND TAKEN BACK        *
      *          RECFM=VB  CCSID 838                                  *
      *          DATES AND PERIODS: BUDDHIST ERA, FOUR-DIGIT YEAR     *
      *          LAYOUT DEFINED BY THE PRAKAN PROJECT, VERSION 1      *
      *****************************************************************
       01  LPG-HEADER-RECORD.
           05  HDR-RECORD-TYPE             PIC X(01).
           05  HDR-FILE-ID                 PIC X(08).
           05  HDR-BUSINESS-DATE           PIC 9(08).
           05  HDR-SEQUENCE                PIC 9(06).
           05  HDR-BOOKS-FROM              PIC 9(08).
           05  HDR-BOOKS-TO                PIC 9(08).
       01  LPG-ENTRY-RECORD.
           05  RECORD-TYPE                 PIC X(01).
           05  LINE-NUMBER                 PIC 9(09).
           05  NATIONAL-ID                 PIC X(13).
           05  SECTION-CODE                PIC X(02).
           05  OPTION-CODE                 PIC X(02).
           05  ENTRY-KIND                  PIC X(01).
               88  ENTRY-CREDIT            VALUE 'C'.
               88  ENTRY-REVERSAL          VALUE 'R'.
           05  PAID-PERIOD                 PIC S9(06)     COMP-3.
           05  ENTRY-AMOUNT                PIC S9(09)V99  COMP-3.
           05  EFFECTIVE-DATE              PIC S9(08)     COMP-3.
           05  BOOK-DATE                   PIC S9(08)     COMP-3.
           05  CHANNEL-CODE                PIC X(02).
           05  COLLECTOR                   PIC X(20).
           05  SOURCE-FILE                 PIC X(16).
           05  SOURCE-RECORD               PIC S9(09)     COMP.
           05  SOURCE-LEG                  PIC S9(04)     COMP.
       01  LPG-TRAILER-RECORD.
           05  TRL-RECORD-TYPE             PIC X(01).
           05  TRL-RECORD-COUNT            PIC 9(09).
           05  TRL-CREDIT-COUNT            PIC 9(09).
           05  TRL-REVERSAL-COUNT          PIC 9(09).
           05  TRL-ID-HASH                 PIC 9(15).
           05  TRL-CREDIT-AMOUNT           PIC S9(15)V99  COMP-3.
           05  TRL-REVERSAL-AMOUNT         PIC S9(15)V99  COMP-3.
