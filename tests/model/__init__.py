"""A model check: every order of events that the contracts allow, over the production handlers, to a bound."""
