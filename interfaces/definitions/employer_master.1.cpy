      *****************************************************************
      * EMPMAST  REGISTRATION SYSTEM - EMPLOYER MASTER EXTRACT        *
      *          RECFM=FB  LRECL=240  CCSID 838                       *
      *          DATES: BUDDHIST ERA, FOUR-DIGIT YEAR                 *
      *          LAYOUT DEFINED BY THE PRAKAN PROJECT, VERSION 1      *
      *****************************************************************
       01  EMP-HEADER-RECORD.
           05  HDR-RECORD-TYPE             PIC X(01).
           05  HDR-FILE-ID                 PIC X(08).
           05  HDR-BUSINESS-DATE           PIC 9(08).
           05  HDR-SEQUENCE                PIC 9(06).
           05  FILLER                      PIC X(217).
       01  EMP-MASTER-RECORD.
           05  RECORD-TYPE                 PIC X(01).
           05  EMPLOYER-ACCOUNT            PIC X(10).
           05  EMPLOYER-BRANCH             PIC X(06).
           05  EMPLOYER-NAME               PIC X(80).
           05  JURISTIC-ID                 PIC X(13).
           05  CONTRIBUTION-RATE           PIC 9(02)V99.
           05  STATUS-CODE                 PIC X(01).
               88  STATUS-ACTIVE           VALUE 'A'.
               88  STATUS-CLOSED           VALUE 'C'.
           05  REGISTERED-DATE             PIC S9(08)     COMP-3.
           05  EMPLOYEE-COUNT              PIC S9(09)     COMP.
           05  OFFICE-CODE                 PIC X(04).
           05  EMPLOYER-TYPE               PIC X(02).
           05  CONTACT-EMAIL               PIC X(80).
           05  FILLER                      PIC X(30).
       01  EMP-TRAILER-RECORD.
           05  TRL-RECORD-TYPE             PIC X(01).
           05  TRL-RECORD-COUNT            PIC 9(09).
           05  TRL-ACCOUNT-HASH            PIC 9(15).
           05  TRL-TOTAL-EMPLOYEES         PIC S9(11)     COMP-3.
           05  FILLER                      PIC X(209).
