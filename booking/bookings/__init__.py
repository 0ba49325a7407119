"""Requests, bookings, dates and what they take: tables, log and transitions."""
