"""What services tell each other: messages, envelope, topics and their schemas."""
