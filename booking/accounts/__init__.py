"""People, organisations, signing in, roles."""
