"""Targets that the table of peers does not show: each measures our system alone, and checks its books afterwards."""
