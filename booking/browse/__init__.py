"""Public pages: the start page, facilities and clusters."""
