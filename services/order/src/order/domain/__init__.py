"""What an order is: its states, its terms, its parts, and the rules that need nothing but values."""
