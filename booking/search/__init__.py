"""Finding facilities: by words, filters and free time, and what almost fits."""
