"""The inventory service: stock, reservations and sourcing."""
