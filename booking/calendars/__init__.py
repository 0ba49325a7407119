"""Drawing calendars: of one facility, across facilities, and the day around a request."""
