"""The fulfillment service: shipments from wave to doorstep."""
