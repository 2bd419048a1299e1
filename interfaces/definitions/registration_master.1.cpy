      *****************************************************************
      * REGMAST  REGISTRATION SYSTEM - INSURED PERSON MASTER EXTRACT  *
      *          RECFM=FB  LRECL=220  CCSID 838                       *
      *          DATES AND PERIODS: BUDDHIST ERA, FOUR-DIGIT YEAR     *
      *          LAYOUT DEFINED BY THE PRAKAN PROJECT, VERSION 1      *
      *****************************************************************
       01  REG-HEADER-RECORD.
           05  HDR-RECORD-TYPE             PIC X(01).
           05  HDR-FILE-ID                 PIC X(08).
           05  HDR-BUSINESS-DATE           PIC 9(08).
           05  HDR-SEQUENCE                PIC 9(06).
           05  FILLER                      PIC X(197).
       01  REG-MASTER-RECORD.
           05  RECORD-TYPE                 PIC X(01).
           05  NATIONAL-ID                 PIC X(13).
           05  TITLE-CODE                  PIC X(03).
           05  GIVEN-NAME                  PIC X(30).
           05  FAMILY-NAME                 PIC X(35).
           05  BIRTH-DATE                  PIC 9(08).
           05  SEX-CODE                    PIC X(01).
               88  SEX-MALE                VALUE '1'.
               88  SEX-FEMALE              VALUE '2'.
           05  NATIONALITY-CODE            PIC X(03).
           05  SECTION-CODE                PIC X(02).
               88  SECTION-33              VALUE '33'.
               88  SECTION-39              VALUE '39'.
               88  SECTION-40              VALUE '40'.
           05  STATUS-CODE                 PIC X(01).
               88  STATUS-ACTIVE           VALUE 'A'.
               88  STATUS-SUSPENDED        VALUE 'S'.
               88  STATUS-ENDED            VALUE 'E'.
               88  STATUS-DEAD             VALUE 'D'.
           05  EFFECTIVE-DATE              PIC S9(08)     COMP-3.
           05  ENDED-DATE                  PIC S9(08)     COMP-3.
           05  SECTION-DATA                PIC X(30).
           05  SECTION-33-DATA REDEFINES SECTION-DATA.
               10  EMPLOYER-ACCOUNT        PIC X(10).
               10  EMPLOYER-BRANCH         PIC X(06).
               10  MONTHLY-WAGE            PIC S9(09)V99  COMP-3.
               10  FILLER                  PIC X(08).
           05  SECTION-39-DATA REDEFINES SECTION-DATA.
               10  PREVIOUS-EMPLOYER       PIC X(10).
               10  CONTRIBUTION-BASE       PIC S9(07)V99  COMP-3.
               10  LEFT-EMPLOYMENT-DATE    PIC S9(08)     COMP-3.
               10  FILLER                  PIC X(10).
           05  SECTION-40-DATA REDEFINES SECTION-DATA.
               10  OPTION-CODE             PIC X(02).
               10  ENROLMENT-CHANNEL       PIC X(02).
               10  OCCUPATION-CODE         PIC X(04).
               10  FILLER                  PIC X(22).
           05  HOSPITAL-CODE               PIC X(07)
                                           OCCURS 3 TIMES.
           05  TOTAL-MONTHS-PAID           PIC S9(04)     COMP.
           05  TOTAL-AMOUNT-PAID           PIC S9(11)V99  COMP-3.
           05  OLD-AGE-BALANCE             PIC S9(11)V99  COMP-3.
           05  LAST-PERIOD-PAID            PIC S9(06)     COMP-3.
           05  OFFICE-CODE                 PIC X(04).
           05  UPDATE-COUNT                PIC S9(09)     COMP.
           05  UPDATED-DATE                PIC 9(08).
           05  BALANCE-ADJUSTMENT          PIC S9(07)V99.
           05  FILLER                      PIC X(17).
       01  REG-TRAILER-RECORD.
           05  TRL-RECORD-TYPE             PIC X(01).
           05  TRL-RECORD-COUNT            PIC 9(09).
           05  TRL-ID-HASH                 PIC 9(15).
           05  TRL-TOTAL-AMOUNT            PIC S9(15)V99  COMP-3.
           05  TRL-TOTAL-MONTHS            PIC S9(11)     COMP-3.
           05  FILLER                      PIC X(180).
