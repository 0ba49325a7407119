"""Dates affected by closures and new hours: finding, marking and resolving them."""
