"""Where aggregates, inbox, journal, tasks and dead letters are kept: one protocol, PostgreSQL and memory."""
