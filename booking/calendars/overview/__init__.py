"""The calendar across facilities, at `/calendar`."""
