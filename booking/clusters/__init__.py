"""Clusters: their focus areas, public holidays and deadlines."""
