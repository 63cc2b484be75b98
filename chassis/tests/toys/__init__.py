"""Two toy services that talk to each other: a teller takes deposits, a vault stores them; to test the chassis."""
