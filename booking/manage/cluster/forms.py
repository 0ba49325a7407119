"""The form of what a cluster says of itself."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import (
    FieldList,
    FormField,
    IntegerField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, ValidationError

from booking.manage.forms import OwnersForm
from booking.manage.hours.forms import PartForm
from booking.manage.terms.forms import Between
from booking.rules.addresses import web_address
from booking.rules.days_off import (
    LONGEST,
    MOST,
    DaysOff,
    DaysOffFault,
    days_off_fault,
    read_stored,
    stored,
)
from booking.rules.partners import PartnerKind
from booking.web.fields import DayField, at_most, optional_value

MOST_LINES, LONGEST_LINE = 40, 200
MOST_ANSWER_DAYS = 60
#: Empty rows for further days off.
_SPARE = 2


class LinesField(TextAreaField):
    """One entry a line; blank lines and repeated ones are left out."""

    @property
    def lines(self) -> list[str]:
        """Return the entries, each once, in the order in which they were typed."""
        typed = (" ".join(one.split()) for one in (self.data or "").split("\n"))
        return list(dict.fromkeys(one for one in typed if one))

    def pre_validate(self, form: Any) -> None:
        """Raise `ValidationError` when there are too many entries, or one is too long."""
        if len(self.lines) > MOST_LINES:
            raise ValidationError(
                gettext(
                    "Enter at most %(most)s lines; there are %(num)s.",
                    most=MOST_LINES,
                    num=len(self.lines),
                )
            )
        for line in self.lines:
            if len(line) > LONGEST_LINE:
                raise ValidationError(
                    gettext(
                        "Use at most %(most)s characters a line. Too long: “%(start)s…”",
                        most=LONGEST_LINE,
                        start=line[:40],
                    )
                )


def _lines(label: str) -> LinesField:
    # Up to what the lines may hold, so that the message is about lines.
    return LinesField(label, validators=[at_most(MOST_LINES * (LONGEST_LINE + 2))])


class DaysOffForm(PartForm):
    """One stretch of days off; all empty: there is none."""

    first = DayField(_l("First day"), validators=optional_value())
    last = DayField(_l("Last day"), validators=optional_value())
    name = StringField(_l("Why"), validators=[at_most(80)])

    @property
    def is_blank(self) -> bool:
        """Return whether nothing is typed."""
        return not (self.first.data or self.last.data or self.name.data)

    @property
    def entry(self) -> DaysOff | None:
        """Return the stretch if its days can be read; without a last day it is one day."""
        first = self.first.read
        last = self.last.read if self.last.data else first
        return DaysOff(first, last, self.name.data or "") if first and last else None

    def validate(self, extra_validators: Any = None) -> bool:
        """Also refuse a stretch without its first day."""
        if not super().validate(extra_validators):
            return False
        if not self.is_blank and not self.first.data:
            self.first.errors = [gettext("Enter the first day.")]
        return not self.errors


class ClusterFactsForm(OwnersForm):
    """What a cluster says of itself. The view gives the choices of focus areas."""

    kind = StringField(_l("What it is"))
    description = TextAreaField(_l("Description"))
    aims = _lines(_l("Aims"))
    focus_areas = SelectMultipleField(
        _l("Focus areas"), choices=[], validate_choice=False, validators=[]
    )
    expertise = _lines(_l("Expertise"))
    industry = _lines(_l("Industry"))
    knowledge = _lines(_l("Knowledge institutes"))
    public = _lines(_l("Public bodies"))
    practitioners = _lines(_l("Practitioners"))
    contact_role = StringField(_l("Contact"), validators=[at_most(120)])
    website = StringField(_l("Website"), validators=[at_most(300)])
    answer_days = IntegerField(
        _l("Answer time in working days"),
        validators=[
            InputRequired(_l("Enter a number of working days.")),
            Between(1, MOST_ANSWER_DAYS),
        ],
    )
    days_off = FieldList(FormField(DaysOffForm), max_entries=MOST + _SPARE)

    def validate_website(self, field: StringField) -> None:
        """Refuse what is no address of a page."""
        if field.data and (web_address(field.data) is None or " " in field.data):
            raise ValidationError(_l("Enter an address that begins with https:// or http://."))

    def validate_contact_role(self, field: StringField) -> None:
        """Refuse the address of a person."""
        if "@" in (field.data or ""):
            raise ValidationError(_l("Enter a role such as “Cluster office”, no address."))

    def validate_focus_areas(self, field: SelectMultipleField) -> None:
        """Refuse what is not offered."""
        if not set(field.data or ()) <= {choice[0] for choice in field.iter_choices()}:
            raise ValidationError(_l("Choose one of these."))

    def check_days_off(self, today: date, old: Mapping[str, Any]) -> bool:
        """Put a message at each stretch that cannot be entered today; return whether all can.

        `old` are the facts as they are: what stands already is not checked again.
        """
        known = set(read_stored(old["days_off"]))
        right = True
        for row in self.day_rows():
            entry = row.entry
            fault = None if entry is None or entry in known else days_off_fault(entry, today)
            if fault is not None:
                at = row.last if row.last.data else row.first
                at.errors = [_fault_text(fault)]
                right = False
        return right

    def day_rows(self) -> list[DaysOffForm]:
        """Return the forms of the stretches of days off."""
        return [one.form for one in self.days_off.entries]

    def add_spare_rows(self) -> None:
        """Have two empty rows at the end, as far as there may be more."""
        blank = 0
        for row in reversed(self.day_rows()):
            if not row.is_blank:
                break
            blank += 1
        while blank < _SPARE and len(self.days_off.entries) < MOST + _SPARE:
            self.days_off.append_entry()
            blank += 1

    def fill(self, facts: Mapping[str, Any], today: date) -> None:
        """Write the facts of a cluster into the fields; days off that are over are left out."""
        for name in ("kind", "description", "contact_role", "website", "answer_days"):
            self[name].data = facts[name]
        for name in ("aims", "expertise"):
            self[name].data = "\n".join(facts[name])
        self.focus_areas.data = list(facts["focus_areas"])
        for kind in PartnerKind:
            self[kind].data = "\n".join(facts["partners"].get(kind, ()))
        for entry in read_stored(facts["days_off"]):
            if entry.last >= today:
                first, last = entry.first.isoformat(), entry.last.isoformat()
                self.days_off.append_entry({"first": first, "last": last, "name": entry.name})

    def facts(self) -> dict[str, Any]:
        """Return what was typed, as the facts of a cluster."""
        partners = {kind.value: self[kind].lines for kind in PartnerKind}
        return {
            "kind": self.kind.data or None,
            "description": self.description.data or None,
            "aims": self.aims.lines,
            "focus_areas": sorted(set(self.focus_areas.data or ())),
            "expertise": self.expertise.lines,
            "partners": {kind: names for kind, names in partners.items() if names},
            "contact_role": self.contact_role.data or None,
            "website": self.website.data or None,
            "answer_days": self.answer_days.data,
            "days_off": stored({row.entry for row in self.day_rows() if row.entry is not None}),
        }


def _fault_text(fault: DaysOffFault) -> str:
    return {
        DaysOffFault.ENDS_BEFORE: gettext("The last day is before the first."),
        DaysOffFault.OVER: gettext("These days are over. Enter today or a later day."),
        DaysOffFault.TOO_LONG: gettext("Enter at most %(days)s days in one line.", days=LONGEST),
        DaysOffFault.TOO_FAR: gettext("Enter days within the next two years."),
    }[fault]
