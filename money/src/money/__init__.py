"""The money engine: exact shares, rounding and documents in integer minor units."""
