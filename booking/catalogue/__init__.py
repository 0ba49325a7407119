"""The shipped catalogue of clusters and facilities: reading, loading, and its sources page."""
