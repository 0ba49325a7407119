"""What services use to read and write: transactions, the clock, types of time, sets of ids."""
