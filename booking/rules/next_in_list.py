"""Which entry of a list comes next, once one of them is done."""

from collections.abc import Sequence


def next_in_list(done: str, before: Sequence[str], after: Sequence[str]) -> str | None:
    """Return the entry to go on with, from the list before and after something was done.

    That is `done` itself while it is still listed, else the next one after it that is, else the
    first of the list. None: `done` was not on the list, or nothing is left.
    """
    if done not in before:
        return None
    if done in after:
        return done
    left = set(after)
    behind = before[before.index(done) + 1 :]
    return next((one for one in behind if one in left), after[0] if after else None)
