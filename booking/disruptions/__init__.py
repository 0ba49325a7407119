"""What closures and new hours hit, and how it is resolved."""
