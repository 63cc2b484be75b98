"""The use cases of fulfillment: a message and what is stored lead to a decision."""
