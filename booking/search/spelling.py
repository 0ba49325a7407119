"""How many typing errors there are between two words."""


def typing_errors(one: str, other: str, most: int) -> int | None:
    """Return how many letters were left out, added, changed or swapped; None: more than `most`."""
    if abs(len(one) - len(other)) > most:
        return None
    before: list[int] = []
    row = list(range(len(other) + 1))
    for at, letter in enumerate(one, start=1):
        new = [at]
        for there, letter_there in enumerate(other, start=1):
            errors = min(
                row[there] + 1,
                new[there - 1] + 1,
                row[there - 1] + (letter != letter_there),
            )
            is_swapped = (
                at > 1 and there > 1 and letter == other[there - 2] and letter_there == one[at - 2]
            )
            if is_swapped:
                errors = min(errors, before[there - 2] + 1)
            new.append(errors)
        if min(new) > most:
            return None
        before, row = row, new
    return row[-1] if row[-1] <= most else None
