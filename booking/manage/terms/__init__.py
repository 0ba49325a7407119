"""The terms of a facility: units, lengths, notice, places."""
