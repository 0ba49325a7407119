"""Owners' pages to manage a facility: hours, closures, terms, quotas, status and people."""
