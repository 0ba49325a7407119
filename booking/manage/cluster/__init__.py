"""The page on which coordinators keep what their cluster says of itself."""
