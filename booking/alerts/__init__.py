"""Free time alerts: people who are told once when a taken time becomes free."""
