"""Closing facilities for a time, and the dates that this affects."""
