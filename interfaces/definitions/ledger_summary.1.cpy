      *****************************************************************
      * LGRSUMM  LEDGER - GENERAL LEDGER SUMMARY BY ACCOUNT           *
      *          RECFM=FB  LRECL=90  CCSID 838                        *
      *          DATES: BUDDHIST ERA, FOUR-DIGIT YEAR                 *
      *          LAYOUT DEFINED BY THE PRAKAN PROJECT, VERSION 1      *
      *****************************************************************
       01  LSM-HEADER-RECORD.
           05  HDR-RECORD-TYPE             PIC X(01).
           05  HDR-FILE-ID                 PIC X(08).
           05  HDR-BUSINESS-DATE           PIC 9(08).
           05  HDR-SEQUENCE                PIC 9(06).
           05  HDR-BOOKS-FROM              PIC 9(08).
           05  HDR-BOOKS-TO                PIC 9(08).
           05  FILLER                      PIC X(51).
       01  LSM-ACCOUNT-RECORD.
           05  RECORD-TYPE                 PIC X(01).
           05  ACCOUNT-NAME                PIC X(40).
           05  OPENING-BALANCE             PIC S9(15)V99  COMP-3.
           05  DEBIT-AMOUNT                PIC S9(15)V99  COMP-3.
           05  CREDIT-AMOUNT               PIC S9(15)V99  COMP-3.
           05  CLOSING-BALANCE             PIC S9(15)V99  COMP-3.
           05  ENTRY-COUNT                 PIC S9(09)     COMP.
           05  FILLER                      PIC X(09).
       01  LSM-TRAILER-RECORD.
           05  TRL-RECORD-TYPE             PIC X(01).
           05  TRL-RECORD-COUNT            PIC 9(09).
           05  TRL-OPENING-BALANCE         PIC S9(15)V99  COMP-3.
           05  TRL-DEBIT-AMOUNT            PIC S9(15)V99  COMP-3.
           05  TRL-CREDIT-AMOUNT           PIC S9(15)V99  COMP-3.
           05  TRL-CLOSING-BALANCE         PIC S9(15)V99  COMP-3.
           05  FILLER                      PIC X(44).
