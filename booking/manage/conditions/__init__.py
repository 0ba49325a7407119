"""The conditions that a facility asks for: the page to keep their list."""
