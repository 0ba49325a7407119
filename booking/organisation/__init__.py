"""The page of one's organisation: its people, and what its managers do."""
