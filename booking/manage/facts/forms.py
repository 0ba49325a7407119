"""The form in which owners state the facts of a facility: one field or more for each."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    HiddenField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)

from booking.manage.forms import OwnersForm
from booking.rules.facts import FACTS, Fact, FactKind, fact_named, stored_position
from booking.web.fields import at_most

_LONGEST_NUMBER = 30
# Of what a list may have at most, all in one field.
_LONGEST_LIST = 10_000


class FactsForm(OwnersForm):
    """All facts, a field each: `field_name` says how it is called. The view gives its choices.

    `was` holds marks of the values that the form was filled with. So what somebody has not touched
    is told from what they typed, whatever others have saved meanwhile.
    """

    was = HiddenField(validators=[at_most(8000)])
    lat: StringField
    lon: StringField
    position_is_rounded: BooleanField
    position_is_sure: BooleanField
    #: Whether the page asks whether the coordinates are right.
    is_doubtful = False

    def field_of(self, name: str) -> Any:
        """Return the field of a fact; of a position that of its latitude."""
        return self["lat" if fact_named(name).kind is FactKind.POSITION else field_name(name)]

    def add_error(self, name: str, text: Any) -> None:
        """Put a message at the field of a fact."""
        field = self.field_of(name)
        field.errors = [*field.errors, text]

    def values(self, before: Mapping[str, Any]) -> dict[str, Any]:
        """Return what is stated for each fact; entries that were there `before` keep their order.

        What cannot be read is `UNREADABLE`.
        """
        return {fact.name: self._value(fact, before.get(fact.name)) for fact in FACTS}

    def _value(self, fact: Fact, before: Any) -> Any:
        if fact.kind is FactKind.POSITION:
            return self._position()
        data = self[field_name(fact.name)].data
        if fact.kind is FactKind.PHRASES:
            lines = (line.strip().removeprefix("- ").strip() for line in (data or "").split("\n"))
            return list(dict.fromkeys(line for line in lines if line))
        if fact.kind is FactKind.CODES:
            kept = [one for one in before or () if one in (data or ())]
            return list(dict.fromkeys([*kept, *(data or ())]))
        return data or None

    def _position(self) -> Any:
        if not (self.lat.data or self.lon.data):
            return None
        typed = self.typed_position()
        if typed is None:
            return UNREADABLE
        return stored_position(*typed, is_rounded=self.position_is_rounded.data)

    def typed_position(self) -> tuple[float, float] | None:
        """Return latitude and longitude as typed, with a point or a comma; None: not readable."""
        try:
            lat, lon = (
                float((one.data or "").replace(",", ".").rstrip("°"))
                for one in (self.lat, self.lon)
            )
        except ValueError:
            return None
        return lat, lon

    def touched(self, values: Mapping[str, Any]) -> set[str]:
        """Return the names of those facts that are stated otherwise than the form was filled."""
        try:
            was = json.loads(self.was.data or "{}")
        except ValueError:
            was = {}
        marks = was if isinstance(was, dict) else {}
        return {name for name, value in values.items() if marks.get(name) != _mark(name, value)}

    def fill(self, values: Mapping[str, Any]) -> None:
        """Show these values, and remember that it was filled with them."""
        for name, value in values.items():
            fact = fact_named(name)
            if fact.kind is FactKind.POSITION:
                lat, lon, is_rounded = value or ("", "", False)
                self.lat.data, self.lon.data = str(lat), str(lon)
                self.position_is_rounded.data = is_rounded
            else:
                self[field_name(name)].data = _shown(fact, value)

    def remember(self, values: Mapping[str, Any]) -> None:
        """Remember that the form was filled with these values."""
        self.was.data = json.dumps({name: _mark(name, value) for name, value in values.items()})


#: The value of a fact that cannot be read.
UNREADABLE = ["?"]


def field_name(name: str) -> str:
    """Return the name of the field of a fact."""
    return name.replace(".", "-")


def offer(
    form: FactsForm,
    choices: Mapping[str, Iterable[tuple[str, Any]]],
    labels: Mapping[str, str],
) -> None:
    """Give each field its label, and one of a choice what may be chosen there, by its fact."""
    for name, offered in choices.items():
        form.field_of(name).choices = list(offered)
    for name, label in labels.items():
        if fact_named(name).kind is not FactKind.POSITION:
            form.field_of(name).label.text = label


def _mark(name: str, value: Any) -> str:
    if fact_named(name).kind is FactKind.CODES:
        value = sorted(value)
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()[:8]


def _shown(fact: Fact, value: Any) -> Any:
    if fact.kind is FactKind.PHRASES:
        return "\n".join(value)
    return value if fact.is_list else value or ""


def _field(fact: Fact) -> Any:
    if fact.kind is FactKind.TEXT:
        return TextAreaField(validators=[at_most(fact.most)])
    if fact.kind is FactKind.PHRASES:
        return TextAreaField(validators=[at_most(_LONGEST_LIST)])
    if fact.kind is FactKind.CODES:
        return SelectMultipleField(choices=[], validate_choice=False)
    if fact.kind is FactKind.CHOICE:
        return SelectField(choices=[], validate_choice=False)
    return StringField(validators=[at_most(fact.most)])


def _fields() -> Iterator[tuple[str, Any]]:
    for fact in FACTS:
        if fact.kind is FactKind.POSITION:
            yield "lat", StringField(_l("Latitude"), [at_most(_LONGEST_NUMBER)])
            yield "lon", StringField(_l("Longitude"), [at_most(_LONGEST_NUMBER)])
            yield "position_is_rounded", BooleanField(_l("Show only roughly where it is"))
            yield "position_is_sure", BooleanField(_l("These coordinates are right"))
        else:
            yield field_name(fact.name), _field(fact)


for _name, _made in _fields():
    setattr(FactsForm, _name, _made)
