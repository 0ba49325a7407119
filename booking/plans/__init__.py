"""Plans: facilities that clusters propose and plan together, and who wants them."""
