"""A deterministic simulation: production code over simulated ports, in virtual time."""
