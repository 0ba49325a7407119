"""A second factor as a duty of everybody with a role in a cluster."""
