"""The demo: a whole house, real baskets, and the proof that everything adds up."""
