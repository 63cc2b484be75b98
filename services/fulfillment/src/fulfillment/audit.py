"""What must hold in fulfillment's books."""

from chassis.audit import Check

ORDERS = "audit_orders"
CHECKS = (
    Check("I5", "every sub-order is shipped once", "audit_shipments"),
    Check("I5", "every shipment is picked in one wave", "audit_waves"),
)
