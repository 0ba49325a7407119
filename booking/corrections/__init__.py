"""Corrections: mistakes on pages of facilities that people report, and their owners settle."""
