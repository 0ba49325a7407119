"""People and organisations: accounts, roles, signing in, passwords, requests for accounts."""
