"""What must hold in payment's books."""

from chassis.audit import Check

ORDERS = "audit_orders"
CHECKS = (
    Check("I2", "every entry of the ledger sums to zero", "audit_entries"),
    Check("I2", "captured and refunded are what channels said, and refunds are covered", "audit_folds"),
    Check("I2", "the ledger has in cash what was captured and not refunded", "audit_cash"),
    Check("I2", "tenders are locked and consumed for what orders hold", "audit_tenders"),
    Check("I5", "a reconciled payment keeps its due once", "audit_captures"),
    Check("I5", "channels see one idempotency key per intent", "audit_intents"),
)
