"""The use cases of payment: one function per message, from what is known to a decision."""
