"""The vault: puts what tellers bring into a few safes that all accounts share, and insures some of it outside."""
