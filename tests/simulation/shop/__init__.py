"""The five services with their outside world in one simulated history."""
