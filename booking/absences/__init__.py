"""Absences of people who decide, and who stands in for them."""
