"""Are the translations complete? Each text of the code, in each language that is shipped.

`python -m tools.check_translations` asks. With no catalogue there is nothing to check.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

KEYWORDS = {
    "_": None,
    "_l": None,
    "gettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
    "lazy_ngettext": (1, 2),
}
METHODS = [("**.py", "python"), ("templates/**", "jinja2")]


def messages_of(source: Path) -> set[str | tuple[str, ...]]:
    """Return the messages in a folder of code and templates; with a plural a pair."""
    found = extract_from_dir(str(source), METHODS, {}, KEYWORDS)
    return {message for _file, _line, message, _comments, _context in found}


def faults_of_catalogues(source: Path, folder: Path) -> Iterator[str]:
    """Yield what is missing in the catalogues of a folder, such as `fr/LC_MESSAGES/messages.po`."""
    files = sorted(folder.glob("*/LC_MESSAGES/messages.po"))
    wanted = messages_of(source) if files else set()
    for file in files:
        with file.open("rb") as opened:
            catalogue = read_po(opened, locale=file.parent.parent.name)
        for message in sorted(wanted, key=str):
            text = message if isinstance(message, str) else message[0]
            if problem := _problem(catalogue, text, has_plural=text is not message):
                yield f"{file}: {problem}: {text}"
        if not _is_compiled(catalogue, file.with_suffix(".mo")):
            yield f"{file}: run pybabel compile again"


def _problem(catalogue: Catalog, text: str, *, has_plural: bool) -> str:
    entry = catalogue.get(text)
    if entry is None:
        return "is missing"
    if entry.fuzzy:
        return "is marked as fuzzy"
    if has_plural and not entry.pluralizable:
        return "has no plural"
    strings = (entry.string,) if isinstance(entry.string, str) else entry.string
    if not strings or not all(strings):
        return "has no translation"
    if "%(" in text:
        entry.flags.add("python-format")
    faults = [str(error) for error in entry.check(catalogue)]
    return f"does not fit ({'; '.join(faults)})" if faults else ""


def _is_compiled(catalogue: Catalog, file: Path) -> bool:
    if not file.exists():
        return False
    with file.open("rb") as opened:
        compiled = read_mo(opened)
    return _said(catalogue) == _said(compiled)


def _said(catalogue: Catalog) -> dict[str, str]:
    return {
        _plain(one.id): _plain(one.string)
        for one in catalogue
        if one.id and not one.fuzzy and one.string
    }


def _plain(texts: str | Sequence[str]) -> str:
    return texts if isinstance(texts, str) else "\0".join(texts)
