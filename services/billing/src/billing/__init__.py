"""The billing service: invoices and credit notes."""
