"""The rules: plain values in, answers out. No framework, no database, no clock."""
