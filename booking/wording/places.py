"""How many places of a facility are free, in the facility's own word for them."""

from booking.wording.translator import gettext, ngettext


def extent_text(whole: bool, places: int, own_places: int, place_word: str | None) -> str:
    """Return how much of a facility a date takes: `2 of 4 (bench)`, `all of it`."""
    if whole:
        return gettext("all of it (exclusive use)")
    if place_word:
        return ngettext(
            "%(num)s of %(own)s (%(word)s)",
            "%(num)s of %(own)s (%(word)s)",
            places,
            own=own_places,
            word=place_word,
        )
    return ngettext("room for %(num)s group", "room for %(num)s groups", places)


def places_free_text(free: int, own: int, word: str | None) -> str:
    """Return how many places are free: `3 of 4 benches free`.

    Without a word of the facility's own, places are called groups. Common words are put in the
    plural; any other follows as its owner wrote it: `3 of 4 free (cell)`.
    """
    numbers = {"free": free, "own": own}
    match (word or "").strip().casefold():
        case "bench" | "benches":
            return gettext("%(free)d of %(own)d benches free", **numbers)
        case "desk" | "desks":
            return gettext("%(free)d of %(own)d desks free", **numbers)
        case "" | "group" | "groups":
            return gettext("%(free)d of %(own)d groups free", **numbers)
        case "rack" | "racks":
            return gettext("%(free)d of %(own)d racks free", **numbers)
        case "room" | "rooms":
            return gettext("%(free)d of %(own)d rooms free", **numbers)
        case "seat" | "seats":
            return gettext("%(free)d of %(own)d seats free", **numbers)
        case "workplace" | "workplaces":
            return gettext("%(free)d of %(own)d workplaces free", **numbers)
    return gettext("%(free)d of %(own)d free (%(word)s)", word=word, **numbers)
