"""The five services as processes, seen from outside: public topics and HTTP, nothing else."""
