"""What must hold in the books of the order service itself."""

from __future__ import annotations

from chassis.audit import Check

ORDERS = "audit_orders"
CHECKS = (
    Check("I3", "every running saga has a clock, and a timer that rings it", "audit_clocks"),
    Check("I3", "no saga is stuck", "audit_stuck"),
    Check("I3", "an order that is locked has a saga that will unlock it", "audit_locks"),
    Check("I3", "an order that waits for us or for the customer has a saga or a timer", "audit_open_orders"),
    Check("I2", "refunds, settlements and what is left are what was due", "audit_parts"),
    Check("I6", "the history of each order is whole", "audit_history"),
)
