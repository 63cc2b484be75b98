"""The HTTP side of payment: queries, statements, and the notices of channels."""
