"""Opening, retiring and moving a facility."""
