"""What is free: the one place that answers when, and why not."""
