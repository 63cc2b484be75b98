"""Payments, tenders, balances and the ledger as plain values; the state table is ``states.TRANSITIONS``."""
