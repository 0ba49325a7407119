"""Opening hours, seasons, special days, and whether holidays count."""
