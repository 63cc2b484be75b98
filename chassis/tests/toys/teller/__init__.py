"""The teller: takes deposits in the order of their numbers, sends them to the vault, notes what it confirms."""
