"""Hashes passwords as cheaply as argon2 can: tests sign in often and guard nothing.

Importing it is enough, and `tests.databases` does.
"""

from argon2 import PasswordHasher

from booking.accounts import passwords

#: What passwords are hashed with in production.
PRODUCTION = passwords._HASHER
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)

passwords._HASHER = CHEAP
