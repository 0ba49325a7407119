"""The catalogue of clusters and facilities, and loading it."""
