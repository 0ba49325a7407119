"""The mistakes that people reported of a facility, and settling them."""
