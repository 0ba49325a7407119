"""The partner's side: sending requests, following, withdrawing and cancelling them."""
