      *****************************************************************
      * FORM 1-10 (SPS 1-10) EMPLOYER CONTRIBUTIONS AS A SPREADSHEET   *
      *          THE RECORDS THAT A SHEET IS READ INTO                 *
      *          DATES AND PERIODS: BUDDHIST ERA, TWO-DIGIT YEAR      *
      *****************************************************************
       01  EMPLOYER-RECORD.
           05  RECORD-TYPE                 PIC X(01).
           05  ACC-NO                      PIC X(10).
           05  BRANCH-NO                   PIC X(06).
           05  PAID-DATE                   PIC 9(06).
           05  PAID-PERIOD                 PIC 9(04).
           05  COMPANY-NAME                PIC X(45).
           05  RATE                        PIC 9(02)V99.
           05  TOTAL-EMPLOYEE              PIC 9(06).
           05  TOTAL-WAGES                 PIC 9(13)V99.
           05  TOTAL-PAID                  PIC 9(12)V99.
           05  PAID-BY-EMPLOYEE            PIC 9(10)V99.
           05  PAID-BY-EMPLOYER            PIC 9(10)V99.
       01  EMPLOYEE-RECORD.
           05  RECORD-TYPE                 PIC X(01).
           05  SSO-ID                      PIC X(13).
           05  PREFIX                      PIC X(03).
           05  FNAME                       PIC X(30).
           05  LNAME                       PIC X(35).
           05  WAGES                       PIC 9(12)V99.
           05  PAID-AMOUNT                 PIC 9(10)V99.
           05  FILLER                      PIC X(27).
