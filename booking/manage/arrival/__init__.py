"""What owners say about arriving at a facility, and when partners are reminded."""
