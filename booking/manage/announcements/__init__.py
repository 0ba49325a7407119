"""One message to everybody with a date at a facility between two days."""
