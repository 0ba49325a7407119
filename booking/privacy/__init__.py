"""Personal data: how long they stay, a copy for their person, erasure, and the privacy pages."""
