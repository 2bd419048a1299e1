      *****************************************************************
      * CTBHIST  CONTRIBUTIONS SYSTEM - MONTHS PAID, SECTIONS 39, 40  *
      *          RECFM=VB  CCSID 838                                  *
      *          DATES AND PERIODS: BUDDHIST ERA, FOUR-DIGIT YEAR     *
      *          LAYOUT DEFINED BY THE PRAKAN PROJECT, VERSION 1      *
      *****************************************************************
       01  CTB-HEADER-RECORD.
           05  HDR-RECORD-TYPE             PIC X(01).
           05  HDR-FILE-ID                 PIC X(08).
           05  HDR-BUSINESS-DATE           PIC 9(08).
           05  HDR-SEQUENCE                PIC 9(06).
       01  CTB-HISTORY-RECORD.
           05  RECORD-TYPE                 PIC X(01).
           05  NATIONAL-ID                 PIC X(13).
           05  SECTION-CODE                PIC X(02).
           05  HISTORY-FROM                PIC 9(06).
           05  MONTH-COUNT                 PIC S9(04)     COMP.
           05  MONTH-PAID                  OCCURS 0 TO 60 TIMES
                                           DEPENDING ON MONTH-COUNT.
               10  PAID-PERIOD             PIC S9(06)     COMP-3.
               10  PAID-AMOUNT             PIC S9(07)V99  COMP-3.
               10  PAID-CHANNEL            PIC X(02).
               10  PAID-DATE               PIC S9(08)     COMP-3.
               10  RECEIPT-NUMBER          PIC X(10).
       01  CTB-TRAILER-RECORD.
           05  TRL-RECORD-TYPE             PIC X(01).
           05  TRL-RECORD-COUNT            PIC 9(09).
           05  TRL-ID-HASH                 PIC 9(15).
           05  TRL-TOTAL-MONTHS            PIC S9(11)     COMP-3.
           05  TRL-TOTAL-AMOUNT            PIC S9(15)V99  COMP-3.
