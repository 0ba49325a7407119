"""The rules of the house: plain values in, answers out. No framework, no database, no clock."""
