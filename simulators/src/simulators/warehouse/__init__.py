"""The warehouses: they pick, pack and hand over what is waved, and grade what comes back."""
