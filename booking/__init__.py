"""A booking system for the test facilities that seven European security clusters share.

This package imports nothing itself, so `booking.rules` loads without Flask.
"""
