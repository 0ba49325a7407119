"""Single sign-on: people sign in with a provider that knows them, by OpenID Connect."""
