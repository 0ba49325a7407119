"""Clusters: their table, public holidays, answer deadlines, and the map of Europe."""
