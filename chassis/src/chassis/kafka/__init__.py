"""The only folder that knows Kafka: a group member and its subscriber, a sender, the check of topics at start-up."""
