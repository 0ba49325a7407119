"""Time that owners keep free for named organisations."""
