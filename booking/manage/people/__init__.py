"""Who decides on a facility, and who sees its calendar."""
