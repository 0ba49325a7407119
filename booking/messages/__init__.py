"""Messages: what requester and owner of a booking write to each other, and open questions."""
