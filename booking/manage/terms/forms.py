"""The form in which owners state the terms of a facility."""

from collections.abc import Iterator
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import Field, Form, IntegerField, RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Optional, StopValidation, ValidationError

from booking.manage.forms import OwnersForm
from booking.rules.term_declarations import Term, TermGroup, TermKind
from booking.rules.terms import TERMS, term_named, terms_in_group
from booking.web.fields import ClockField, at_most, optional_value

AS_ABOVE = ""
YES, NO = "yes", "no"
PART, WHOLE, BOTH = "part", "whole", "both"
MOST_PLACES = 500
_NUMERIC = {"inputmode": "numeric"}


class Between:
    """Refuses a whole number outside two bounds; what is no number is left to other validators."""

    def __init__(self, fewest: int, most: int) -> None:
        self.fewest, self.most = fewest, most

    def __call__(self, form: Form, field: Field) -> None:
        """Raise `ValidationError` at the field when its number is too small or too large."""
        if field.data is None or field.errors:
            return
        if field.data < self.fewest:
            raise ValidationError(gettext("Enter %(number)s or more.", number=self.fewest))
        if field.data > self.most:
            raise ValidationError(gettext("Enter %(number)s or less.", number=self.most))


class Offered:
    """Refuses what is not one of the choices that the view has given."""

    def __call__(self, form: Form, field: SelectField) -> None:
        """Raise `StopValidation` unless the field's value is one of its choices."""
        if (field.data or "") not in {choice[0] for choice in field.iter_choices()}:
            raise StopValidation(_l("Choose one of these."))


class TermsForm(OwnersForm):
    """All terms of a facility but its hours; an empty field takes what holds above.

    It has a field for each term with a group, named like the term. The view gives their labels
    and choices.
    """

    places: IntegerField
    place_word: StringField
    extent: RadioField

    def add_error(self, name: str, text: Any) -> None:
        """Put a message at the field of this name."""
        field = self[name]
        field.errors = [*field.errors, text]

    def stated(self) -> dict[str, Any]:
        """Return what is typed for each term with a group, as it is stored; None: as above."""
        return {
            term.name: _stored(term, self[term.name]) for term in TERMS if term.group is not None
        }


def typed(term: Term, stored: Any) -> Any:
    """Return the data of a term's field for what is stored; None: nothing is stated."""
    if stored is None:
        return AS_ABOVE if term.kind in (TermKind.FLAG, TermKind.CHOICE) else None
    if term.kind is TermKind.FLAG:
        return YES if stored else NO
    return stored.strftime("%H:%M") if term.kind is TermKind.TIME else stored


def _stored(term: Term, field: Any) -> Any:
    if term.kind is TermKind.FLAG:
        return {YES: True, NO: False}.get(field.data)
    if term.kind is TermKind.TIME:
        return field.read
    return field.data if term.kind is TermKind.NUMBER else field.data or None


def term_field(term: Term) -> Any:
    """Return the field of a term, unbound, without its label."""
    if term.kind is TermKind.NUMBER:
        return number_field("", term)
    if term.kind is TermKind.TIME:
        return ClockField(validators=optional_value())
    if term.kind is TermKind.TEXT:
        return StringField(validators=[at_most(term.most)])
    return SelectField(choices=[], validators=[Offered()], validate_choice=False)


def number_field(label: Any, term: Term) -> IntegerField:
    """Return the field of a term that is a number."""
    return IntegerField(
        label, validators=[Optional(), Between(term.least, term.most)], render_kw=_NUMERIC
    )


def _fields() -> Iterator[tuple[str, Any]]:
    """Yield name and field of all that is typed, in the order of the page."""
    for group in TermGroup:
        if group is TermGroup.ROOM:
            yield from _room_fields()
        for term in terms_in_group(group):
            yield term.name, term_field(term)


def _room_fields() -> Iterator[tuple[str, Any]]:
    """Yield the fields of what is no inherited term: how much room there is, and who shares it."""
    yield (
        "places",
        IntegerField(
            _l("Places"),
            validators=[
                InputRequired(_l("Enter how many places there are.")),
                Between(0, MOST_PLACES),
            ],
            render_kw=_NUMERIC,
        ),
    )
    yield (
        "place_word",
        StringField(_l("Name of a place"), validators=[at_most(term_named("place_word").most)]),
    )
    yield (
        "extent",
        RadioField(
            _l("Can be requested"),
            choices=[
                (BOTH, _l("part of it or all of it")),
                (PART, _l("only part of it")),
                (WHOLE, _l("only all of it")),
            ],
        ),
    )


for _name, _field in _fields():
    setattr(TermsForm, _name, _field)
