"""The stack without Docker: real PostgreSQL, Valkey and Apache Kafka as child processes on loopback ports."""
