      *****************************************************************
      * LGRRCPT  RECEIPT FOR LEDGER FILES, ONE RECORD A FILE          *
      *          RECFM=FB  LRECL=180  CCSID 838                       *
      *          DATES: BUDDHIST ERA, FOUR-DIGIT YEAR                 *
      *          LAYOUT DEFINED BY THE PRAKAN PROJECT, VERSION 1      *
      *****************************************************************
       01  RECEIPT-HEADER-RECORD.
           05  HDR-RECORD-TYPE             PIC X(01).
           05  HDR-FILE-ID                 PIC X(08).
           05  HDR-BUSINESS-DATE           PIC 9(08).
           05  HDR-SEQUENCE                PIC 9(06).
           05  FILLER                      PIC X(157).
       01  RECEIPT-DETAIL-RECORD.
           05  RECORD-TYPE                 PIC X(01).
           05  LINE-NUMBER                 PIC 9(06).
           05  SENT-FILE-NAME              PIC X(80).
           05  SENT-FILE-SHA256            PIC X(64).
           05  FILE-RESULT                 PIC X(01).
               88  RESULT-ACCEPTED         VALUE 'A'.
               88  RESULT-WITH-REJECTS     VALUE 'P'.
               88  RESULT-REFUSED          VALUE 'R'.
           05  FILE-RETURN-CODE            PIC 9(03).
           05  RECORDS-READ                PIC S9(09)     COMP-3.
           05  RECORDS-REJECTED            PIC S9(09)     COMP-3.
           05  FILLER                      PIC X(15).
       01  RECEIPT-TRAILER-RECORD.
           05  TRL-RECORD-TYPE             PIC X(01).
           05  TRL-RECORD-COUNT            PIC 9(06).
           05  FILLER                      PIC X(173).
