"""Tools that `make` runs; not part of the product."""
