"""Closing facilities for a time, and what that hits."""
