"""News: what people are told that is about no booking, no account and no facility of theirs."""
