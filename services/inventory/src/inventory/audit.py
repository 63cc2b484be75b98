"""What must hold in inventory's books."""

from chassis.audit import Check

ORDERS = "audit_orders"
CHECKS = (
    Check("I1", "movements add up to the counters of stock", "audit_counters"),
    Check("I1", "received = on hand + dispatched - restocked + written off", "audit_received"),
    Check("I1", "reserved is what live reservations have left", "audit_reserved"),
    Check("I1", "what is on hand is available, reserved or safety; holds end with their reservations", "audit_holds"),
    Check("I5", "every live line is reserved once", "audit_lines"),
)
