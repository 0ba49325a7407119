"""What is free: the one place that answers "when is it free" and "why not"."""
