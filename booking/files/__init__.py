"""Files that people put here: pictures and documents of facilities, and their bytes."""
