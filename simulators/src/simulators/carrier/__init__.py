"""The carriers: they bring parcels to the door, in their own words, and remit the cash that they took there."""
