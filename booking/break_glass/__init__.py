"""Reading one booking as an admin, with a reason: it is logged, and its people are told."""
