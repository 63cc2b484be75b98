"""Chaos on real processes: what is killed, stopped, lost, filled or set wrong while orders are placed."""
