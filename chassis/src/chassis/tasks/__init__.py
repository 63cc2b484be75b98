"""Durable "do this later": timers and parked messages that come back when due, and calls to the outside world."""
