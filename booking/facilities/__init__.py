"""The tree of facilities, their places and hours; the catalogue and its search."""
