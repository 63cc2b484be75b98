"""The benchmark: one workload, one file per peer, and one table of what each takes for it."""
