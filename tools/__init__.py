"""What `make` runs beside the product; not part of it."""
