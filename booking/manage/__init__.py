"""Pages on which owners say what holds for their facilities."""
