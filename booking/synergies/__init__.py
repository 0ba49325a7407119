"""Synergies: which cluster has what, what none has, and what people ask for in vain."""
