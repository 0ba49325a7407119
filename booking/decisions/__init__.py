"""The owning cluster's side: the inbox, decisions, own use, bookings on behalf of others."""
