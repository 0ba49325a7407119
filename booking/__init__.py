"""Booking of the test facilities that seven European security clusters share.

The package itself imports nothing, so that `booking.rules` loads without Flask.
"""
