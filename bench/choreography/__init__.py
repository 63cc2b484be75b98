"""The checkout by the textbook: five services, each with an inbox and an outbox, events over Kafka."""
