"""Pages of who changed what: of a facility, an organisation, a person, a cluster."""
