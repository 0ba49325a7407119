"""Pages of administrators: what needs attention, people, organisations, mail and settings."""
