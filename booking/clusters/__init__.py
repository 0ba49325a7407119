"""Clusters, focus areas, expertise."""
