"""Calendars as pages draw them.

`facility` is the calendar on one facility's page, `overview` the one across facilities,
`decision_day` the day around a request; `drawing` turns times into bars, cells and sentences.
"""
