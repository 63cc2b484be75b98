"""What fulfillment knows and decides: shipments, parcels, waves, the words of carriers."""
