"""People of a facility: who decides on it, and who sees its calendar."""
