"""Measuring: a large invented federation on PostgreSQL, and what its pages cost."""
