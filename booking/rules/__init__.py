"""The rules of booking, as pure functions: plain values in, codes and numbers out.

No framework, no database, no clock: `now` is an argument, and texts are written elsewhere.
"""
