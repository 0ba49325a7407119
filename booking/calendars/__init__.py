"""What is taken and what is free: reads only."""
