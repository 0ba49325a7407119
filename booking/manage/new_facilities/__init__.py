"""New facilities: coordinators draft them, look at them, and publish them."""
