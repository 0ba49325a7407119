"""`flask check-data`: checks what must always be true of the stored data, and changes nothing."""
