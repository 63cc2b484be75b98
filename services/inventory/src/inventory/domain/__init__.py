"""What inventory knows and decides: goods, warehouses, stock, reservations, sourcing."""
