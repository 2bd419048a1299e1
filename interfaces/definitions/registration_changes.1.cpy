      *****************************************************************
      * REGCHNG  EMPLOYEES WHO BEGAN WORK AND WHO LEFT                *
      *          RECFM=VB  CCSID 838                                  *
      *          DATES: BUDDHIST ERA, FOUR-DIGIT YEAR                 *
      *          LAYOUT DEFINED BY THE PRAKAN PROJECT, VERSION 1      *
      *****************************************************************
       01  RGC-HEADER-RECORD.
           05  HDR-RECORD-TYPE             PIC X(01).
           05  HDR-FILE-ID                 PIC X(08).
           05  HDR-BUSINESS-DATE           PIC 9(08).
           05  HDR-SEQUENCE                PIC 9(06).
           05  HDR-BOOKS-FROM              PIC 9(08).
           05  HDR-BOOKS-TO                PIC 9(08).
       01  RGC-CHANGE-RECORD.
           05  RECORD-TYPE                 PIC X(01).
           05  LINE-NUMBER                 PIC 9(09).
           05  CHANGE-KIND                 PIC X(01).
               88  CHANGE-NEW              VALUE 'N'.
               88  CHANGE-LEAVING          VALUE 'L'.
           05  EMPLOYER-ACCOUNT            PIC X(10).
           05  EMPLOYER-BRANCH             PIC X(06).
           05  NATIONAL-ID                 PIC X(13).
           05  TITLE-CODE                  PIC X(03).
           05  GIVEN-NAME                  PIC X(30).
           05  FAMILY-NAME                 PIC X(35).
           05  ID-TYPE                     PIC X(01).
           05  NATIONALITY-CODE            PIC X(03).
           05  SEX-CODE                    PIC X(01).
           05  BIRTH-DATE                  PIC S9(08)     COMP-3.
           05  CHANGE-DATE                 PIC S9(08)     COMP-3.
           05  LEAVING-REASON              PIC X(01).
           05  MARITAL-STATUS              PIC X(01).
           05  EMPLOYMENT-TYPE             PIC X(01).
           05  ALIEN-TYPE                  PIC X(01).
           05  CHILD-DATA                  PIC X(19).
           05  RECEIVED-DATE               PIC S9(08)     COMP-3.
           05  SOURCE-FILE                 PIC X(16).
           05  SOURCE-RECORD               PIC S9(09)     COMP.
           05  HOSPITAL-COUNT              PIC S9(04)     COMP.
           05  HOSPITAL                    OCCURS 0 TO 3 TIMES
                                           DEPENDING ON HOSPITAL-COUNT.
               10  HOSPITAL-CODE           PIC X(07).
       01  RGC-TRAILER-RECORD.
           05  TRL-RECORD-TYPE             PIC X(01).
           05  TRL-RECORD-COUNT            PIC 9(09).
           05  TRL-NEW-COUNT               PIC 9(09).
           05  TRL-LEAVING-COUNT           PIC 9(09).
           05  TRL-ID-HASH                 PIC 9(15).
