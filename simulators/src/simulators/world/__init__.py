"""The world as one process: the payment provider, the warehouses and the carriers."""
