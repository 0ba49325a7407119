"""Favourites: facilities that a person keeps for later, and those they have just looked at."""
