"""Quotas and the fair share: how much of a facility one organisation may have."""
