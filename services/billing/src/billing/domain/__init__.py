"""Invoices, credit notes and their numbers as plain values."""
