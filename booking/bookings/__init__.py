"""Requests, bookings, dates and their places: tables, log and transitions."""
