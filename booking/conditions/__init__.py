"""Conditions of bookings: what must be done before a yes is final or before arrival, and checks."""
