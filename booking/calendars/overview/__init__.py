"""The calendar across facilities."""
