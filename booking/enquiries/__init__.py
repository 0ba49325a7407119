"""Enquiries: what organisations ask about a facility before they request dates."""
