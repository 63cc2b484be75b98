"""The auditor: what every service says of its own books, and whether they agree about each order."""
