"""Pictures and documents that owners add to a facility."""
