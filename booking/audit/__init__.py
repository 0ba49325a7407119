"""The log of who changed what: append-only, in one order, each entry sealed with the one before."""
