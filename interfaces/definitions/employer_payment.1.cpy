      *****************************************************************
      * BILL PAYMENTS OF EMPLOYERS, H/D/T                             *
      *          TEXT, 256 BYTES A LINE, CP874, LF                    *
      *          DATES: GREGORIAN DDMMYYYY                            *
      *          REFERENCE-1, REFERENCE-2: DEFINED BY THE PRAKAN      *
      *          PROJECT, VERSION 1                                   *
      *****************************************************************
       01  RETURN-HEADER-RECORD.
           05  RECORD-TYPE                 PIC X(01).
           05  SEQUENCE-NUMBER             PIC 9(06).
           05  BANK-CODE                   PIC X(03).
           05  COMPANY-ACCOUNT             PIC X(10).
           05  COMPANY-NAME                PIC X(40).
           05  EFFECTIVE-DATE              PIC 9(08).
           05  SERVICE-CODE                PIC X(08).
           05  FILLER                      PIC X(180).
       01  RETURN-DETAIL-RECORD.
           05  RECORD-TYPE                 PIC X(01).
           05  SEQUENCE-NUMBER             PIC 9(06).
           05  BANK-CODE                   PIC X(03).
           05  COMPANY-ACCOUNT             PIC X(10).
           05  PAYMENT-DATE                PIC 9(08).
           05  PAYMENT-TIME                PIC 9(06).
           05  PAYER-NAME                  PIC X(50).
           05  REFERENCE-1                 PIC X(20).
           05  REFERENCE-2                 PIC X(20).
           05  REFERENCE-3                 PIC X(20).
           05  BRANCH-CODE                 PIC X(04).
           05  TELLER-CODE                 PIC X(04).
           05  TRANSACTION-KIND            PIC X(01).
               88  KIND-CREDIT             VALUE 'C'.
               88  KIND-DEBIT              VALUE 'D'.
           05  TRANSACTION-CODE            PIC X(03).
           05  CHEQUE-NUMBER               PIC X(07).
           05  AMOUNT                      PIC 9(11)V99.
           05  CHEQUE-BANK-CODE            PIC X(03).
           05  FILLER                      PIC X(77).
       01  RETURN-TRAILER-RECORD.
           05  RECORD-TYPE                 PIC X(01).
           05  SEQUENCE-NUMBER             PIC 9(06).
           05  BANK-CODE                   PIC X(03).
           05  COMPANY-ACCOUNT             PIC X(10).
           05  TOTAL-DEBIT-AMOUNT          PIC 9(11)V99.
           05  TOTAL-DEBIT-COUNT           PIC 9(06).
           05  TOTAL-CREDIT-AMOUNT         PIC 9(11)V99.
           05  TOTAL-CREDIT-COUNT          PIC 9(06).
           05  FILLER                      PIC X(198).
