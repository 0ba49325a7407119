"""The base of all services: transactions and locks, the clock, time types, sets of ids."""
