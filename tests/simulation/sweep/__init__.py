"""The crash sweep: one order per history, and a kill -9 at every step of every process, one and two at a time."""
