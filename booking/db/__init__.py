"""What every service stands on: transactions, the clock, types of time, sets of ids."""
