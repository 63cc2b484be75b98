"""What must hold in billing's books."""

from chassis.audit import Check

ORDERS = "audit_orders"
CHECKS = (
    Check("I2", "lines, freight and tax on top make the total of every document", "audit_totals"),
    Check("I2", "no more is credited than was invoiced", "audit_red"),
    Check("I5", "every sub-order is invoiced once", "audit_invoices"),
    Check("I5", "numbers run without a gap per issuer, type and year", "audit_numbers"),
)
