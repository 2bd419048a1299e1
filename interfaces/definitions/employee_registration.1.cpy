      *****************************************************************
      * SPS 1-03 / 6-09  EMPLOYEES REGISTERED AND LEAVING             *
      *          TEXT, 240 BYTES A LINE, CP874, CRLF                  *
      *          DATES: BUDDHIST ERA, FOUR-DIGIT YEAR                 *
      *          1-168 OF TYPE 103: AGENCY LAYOUT, AS FAR AS PUBLIC   *
      *          24-126 OF TYPE 609: DEFINED BY THE PRAKAN PROJECT    *
      *****************************************************************
       01  EMPLOYEE-REGISTRATION-RECORD.
           05  RECORD-TYPE                 PIC X(03).
               88  NEW-EMPLOYEE            VALUE '103'.
               88  EMPLOYEE-LEAVING        VALUE '609'.
           05  PROVINCE                    PIC X(02).
           05  PROVINCE-BRANCH             PIC X(02).
           05  ACC-NO                      PIC X(10).
           05  BRANCH-NO                   PIC X(06).
           05  RECORD-DATA                 PIC X(217).
           05  PERSON-DATA REDEFINES RECORD-DATA.
               10  SSO-ID                  PIC X(13).
               10  ID-TYPE                 PIC X(01).
               10  NATIONALITY             PIC X(03).
               10  SEX                     PIC X(01).
               10  PREFIX                  PIC X(03).
               10  FNAME                   PIC X(30).
               10  LNAME                   PIC X(35).
               10  NEW-EMPLOYEE-DATA.
                   15  BIRTH-DATE          PIC 9(08).
                   15  MARITAL-STATUS      PIC X(01).
                   15  START-DATE          PIC 9(08).
                   15  EMPLOYMENT-TYPE     PIC X(01).
                   15  ALIEN-TYPE          PIC X(01).
                   15  CHILD-DATA          PIC X(19).
                   15  HOSPITAL-CODE       PIC X(07)
                                           OCCURS 3 TIMES.
                   15  FILLER              PIC X(72).
               10  LEAVING-DATA REDEFINES NEW-EMPLOYEE-DATA.
                   15  LEAVING-DATE        PIC 9(08).
                   15  LEAVING-REASON      PIC X(01).
                   15  EMPLOYED-SINCE      PIC 9(08).
                   15  FILLER              PIC X(114).
