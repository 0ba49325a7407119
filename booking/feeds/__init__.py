"""Read-only calendars in iCalendar form."""
