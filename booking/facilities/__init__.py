"""Facilities: their tree, places, terms, hours and closures as they hold, and who decides."""
