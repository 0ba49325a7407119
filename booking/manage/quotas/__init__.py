"""How much one organisation may have."""
