"""Read-only calendars in iCalendar form, for calendar programs."""
