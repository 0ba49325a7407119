"""The partner's side: asking, following, withdrawing, cancelling."""
