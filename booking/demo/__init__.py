"""The demonstration: accounts and a believable set of bookings."""
