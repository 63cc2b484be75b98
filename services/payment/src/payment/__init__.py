"""The payment service: payments, tenders, refunds and the ledger."""
