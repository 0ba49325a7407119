"""Saved searches: a person's own, by name, and which facilities are new to them."""
