"""The calendar on the page of one facility."""
