"""The use cases of inventory: a message and what is stored lead to a decision."""
