      *****************************************************************
      * INSURED PERSONS OF SECTION 39 FOR PAYMENT COUNTERS            *
      *          TEXT, 280 BYTES A LINE, CP874, CRLF                  *
      *          DATES AND PERIODS: BUDDHIST ERA, FOUR-DIGIT YEAR     *
      *          LAYOUT DEFINED BY THE PRAKAN PROJECT, VERSION 1      *
      *****************************************************************
       01  FEED-HEADER-RECORD.
           05  HDR-RECORD-TYPE             PIC X(01).
           05  HDR-FEED-NAME               PIC X(20).
           05  HDR-VERSION                 PIC 9(03).
           05  HDR-BUSINESS-DATE           PIC 9(08).
           05  HDR-SEQUENCE                PIC 9(06).
           05  HDR-VALID-FROM              PIC 9(08).
           05  HDR-VALID-UNTIL             PIC 9(08).
           05  HDR-PARTNER                 PIC X(20).
           05  FILLER                      PIC X(206).
       01  FEED-DETAIL-RECORD.
           05  RECORD-TYPE                 PIC X(01).
           05  LINE-NUMBER                 PIC 9(09).
           05  NATIONAL-ID                 PIC X(13).
           05  TITLE-WORD                  PIC X(20).
           05  GIVEN-NAME                  PIC X(30).
           05  FAMILY-NAME                 PIC X(35).
           05  STATUS-CODE                 PIC X(01).
           05  EFFECTIVE-DATE              PIC 9(08).
           05  PERSON-RETURN-CODE          PIC 9(03).
           05  LAST-PERIOD-PAID            PIC 9(06).
           05  PAYABLE-COUNT               PIC 9(01).
           05  PAYABLE-MONTH               OCCURS 3 TIMES.
               10  PERIOD                  PIC 9(06).
               10  AMOUNT                  PIC 9(07)V99.
               10  PAYABLE-FROM            PIC 9(08).
               10  PAYABLE-UNTIL           PIC 9(08).
               10  REFERENCE-2             PIC X(12).
           05  FILLER                      PIC X(24).
       01  FEED-TRAILER-RECORD.
           05  TRL-RECORD-TYPE             PIC X(01).
           05  TRL-RECORD-COUNT            PIC 9(09).
           05  TRL-PAYABLE-COUNT           PIC 9(09).
           05  TRL-PAYABLE-AMOUNT          PIC 9(15)V99.
           05  TRL-ID-HASH                 PIC 9(15).
           05  FILLER                      PIC X(229).
