"""Second factors: authenticator apps, passkeys, recovery codes, and proving who one is."""
