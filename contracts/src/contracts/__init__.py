"""The only thing the services share about each other: messages, envelope, topics."""
