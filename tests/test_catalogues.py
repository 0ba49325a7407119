"""A catalogue of translations is complete, or the check says what is missing."""

from pathlib import Path

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from tools.catalogues import faults_of_catalogues

CODE = 'x = gettext("Send")\ny = ngettext("%(num)s date", "%(num)s dates", 2)\n'
HEAD = 'msgid ""\nmsgstr "Plural-Forms: nplurals=2; plural=(n > 1);\\n"\n\n'
SEND = 'msgid "Send"\nmsgstr "Envoyer"\n\n'
DATES = (
    'msgid "%(num)s date"\nmsgid_plural "%(num)s dates"\n'
    'msgstr[0] "%(num)s date"\nmsgstr[1] "%(num)s dates"\n'
)


def faults(folder: Path, text: str, *, compiled: bool = True) -> list[str]:
    """What the check says of a catalogue with this text."""
    (folder / "code").mkdir()
    (folder / "code" / "a.py").write_text(CODE)
    place = folder / "fr" / "LC_MESSAGES"
    place.mkdir(parents=True)
    (place / "messages.po").write_text(text)
    if compiled:
        with (place / "messages.po").open("rb") as po, (place / "messages.mo").open("wb") as mo:
            write_mo(mo, read_po(po, locale="fr"))
    return [
        one.removeprefix(f"{place / 'messages.po'}: ")
        for one in faults_of_catalogues(folder / "code", folder)
    ]


def test_a_complete_catalogue_passes(tmp_path):
    assert faults(tmp_path, HEAD + SEND + DATES) == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (HEAD + DATES, "is missing: Send"),
        (HEAD + "#, fuzzy\n" + SEND + DATES, "is marked as fuzzy: Send"),
        (HEAD + SEND.replace("Envoyer", "") + DATES, "has no translation: Send"),
        (HEAD + SEND + 'msgid "%(num)s date"\nmsgstr "%(num)s date"\n', "has no plural: %(num)s"),
        (HEAD + SEND + DATES.replace('[1] "%(num)s', '[1] "%(n)s'), "does not fit"),
    ],
)
def test_what_is_missing_or_does_not_fit_is_named(text, says, tmp_path):
    assert any(one.startswith(says) for one in faults(tmp_path, text))


def test_a_catalogue_that_was_not_compiled_is_named(tmp_path):
    found = faults(tmp_path, HEAD + SEND + DATES, compiled=False)
    assert found == ["run pybabel compile again"]
