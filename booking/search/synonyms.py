"""Words as people type them and words as the catalogue has them: `drones` and `unmanned`."""

from booking.search.normalise import fold

#: Words beyond these are not looked for.
MAX_WORDS = 10

# Words that say nothing of a facility; people type whole sentences.
_EMPTY = frozenset(fold("a an and at for i in my need of on or our the to we with").split())
# Words for one thing, as they begin. A facility that has one of them answers to each.
_ALIKE = (
    ("drone", "uas", "uav", "rpas", "unmanned"),
    ("fly", "flight"),
    ("lab", "laborator"),
)
_ALIKE_BY_START = {start: starts for starts in _ALIKE for start in starts}
# Endings that are taken off, with what stays of them, the longest first.
_ENDINGS = (
    *(("ings", ""), ("ing", ""), ("ies", ""), ("ed", "")),
    *(("ches", "ch"), ("shes", "sh"), ("sses", "ss"), ("xes", "x"), ("ss", "ss"), ("s", "")),
)
# So much has to stay of a word; what stays is looked for as the beginning of longer words, too.
_SHORTEST, _SHORTEST_SINGULAR = 4, 3  # ring, gas


def words_of(text: str) -> list[tuple[str, ...]]:
    """Return what to look for, folded as the searched text is: of each word its other forms.

    A facility answers where the text has one form of each word, anywhere in it. Words without a
    meaning of their own are left out where others are there.
    """
    typed = fold(text).split()
    telling = [word for word in typed if word not in _EMPTY] or typed
    return [_forms(word) for word in telling[:MAX_WORDS]]


def _forms(word: str) -> tuple[str, ...]:
    start = _start(word)
    alike = _ALIKE_BY_START.get(start) or _ALIKE_BY_START.get(word.removesuffix("y"))
    return (start, *(other for other in alike if other != start)) if alike else (start,)


def _start(word: str) -> str:
    if word in ("flying", "flies"):
        return "fly"
    if word.isalpha():
        for ending, rest in _ENDINGS:
            if word.endswith(ending):
                start = word.removesuffix(ending) + rest
                if len(start) >= (_SHORTEST_SINGULAR if ending.endswith("s") else _SHORTEST):
                    return start
    return word
