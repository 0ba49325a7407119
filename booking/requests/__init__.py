"""A request, its bookings and their dates: asking, following, taking back."""
