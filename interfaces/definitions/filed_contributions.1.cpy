      *****************************************************************
      * FCTFILE  FILED CONTRIBUTIONS OF SECTION 33, BY BRANCH, MONTH  *
      *          RECFM=VB  CCSID 838                                  *
      *          DATES AND PERIODS: BUDDHIST ERA, FOUR-DIGIT YEAR     *
      *          LAYOUT DEFINED BY THE PRAKAN PROJECT, VERSION 1      *
      *****************************************************************
       01  FCT-HEADER-RECORD.
           05  HDR-RECORD-TYPE             PIC X(01).
           05  HDR-FILE-ID                 PIC X(08).
           05  HDR-BUSINESS-DATE           PIC 9(08).
           05  HDR-SEQUENCE                PIC 9(06).
           05  HDR-BOOKS-FROM              PIC 9(08).
           05  HDR-BOOKS-TO                PIC 9(08).
       01  FCT-BRANCH-RECORD.
           05  RECORD-TYPE                 PIC X(01).
           05  LINE-NUMBER                 PIC 9(09).
           05  EMPLOYER-ACCOUNT            PIC X(10).
           05  EMPLOYER-BRANCH             PIC X(06).
           05  PAID-PERIOD                 PIC S9(06)     COMP-3.
           05  PART-NUMBER                 PIC S9(04)     COMP.
           05  PART-COUNT                  PIC S9(04)     COMP.
           05  BRANCH-PERSONS              PIC S9(09)     COMP.
           05  RECORD-WAGES                PIC S9(15)V99  COMP-3.
           05  RECORD-CONTRIBUTIONS        PIC S9(15)V99  COMP-3.
           05  PERSON-COUNT                PIC S9(04)     COMP.
           05  PERSON                      OCCURS 0 TO 500 TIMES
                                           DEPENDING ON PERSON-COUNT.
               10  NATIONAL-ID             PIC X(13).
               10  WAGE-AMOUNT             PIC S9(13)V99  COMP-3.
               10  CONTRIBUTION-AMOUNT     PIC S9(11)V99  COMP-3.
       01  FCT-TRAILER-RECORD.
           05  TRL-RECORD-TYPE             PIC X(01).
           05  TRL-RECORD-COUNT            PIC 9(09).
           05  TRL-PERSON-COUNT            PIC 9(09).
           05  TRL-ID-HASH                 PIC 9(15).
           05  TRL-WAGES                   PIC S9(15)V99  COMP-3.
           05  TRL-CONTRIBUTIONS           PIC S9(15)V99  COMP-3.
