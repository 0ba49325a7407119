"""The organisations that a facility names for requests that are confirmed at once."""
