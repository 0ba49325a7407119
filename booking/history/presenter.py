"""Entries of the log of who changed what, as lines that people read."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext

from booking.history.queries import LogNames
from booking.rules.audit_chain import Content, content_of
from booking.rules.audit_events import Actor, Area, Event
from booking.rules.audit_reading import LogReader, Reads, area_of, reads_entry, reads_texts
from booking.rules.days_off import read_stored
from booking.rules.facts import FACT_NAMES
from booking.rules.names import isolated
from booking.rules.opening import WeeklySpan
from booking.rules.partners import PartnerKind
from booking.rules.quotas import Measure, Period
from booking.rules.sign_ins import SecondFactor
from booking.rules.terms import BookingTerms
from booking.rules.timetables import Timetable
from booking.wording import formats
from booking.wording.audit import (
    EVENT_WORDS,
    Told,
    field_word,
    happened_text,
    quota_word,
    step_word,
)
from booking.wording.closures import closed_when
from booking.wording.clusters import PARTNER_WORDS, days_off_text
from booking.wording.concepts import concept_word
from booking.wording.conditions import condition_stage_word
from booking.wording.facts import fact_label, fact_text
from booking.wording.hours import hours_text, in_force_text, times_text
from booking.wording.quotas import amount
from booking.wording.sign_ins import second_factor_word
from booking.wording.terms import TERM_WORDS
from booking.wording.words import status_word


@dataclass(frozen=True)
class ChangedValue:
    """One value: what it is called, what it was and what it is; "" for none."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class HistoryLine:
    """One entry as it is shown; `address` is the network from which it came, "" if not shown."""

    at: datetime
    label: str
    sentence: str
    changes: Sequence[ChangedValue]
    why: str
    address: str


def history_lines(
    entries: Iterable[Any], reader: LogReader, names: LogNames, zone: ZoneInfo
) -> list[HistoryLine]:
    """Return entries as lines, with what the reader may read of each; times in `zone`."""
    return [_line(one, reader, names, zone) for one in entries]


def _line(entry: Any, reader: LogReader, names: LogNames, zone: ZoneInfo) -> HistoryLine:
    event = Event(entry.event)
    words = EVENT_WORDS[event]
    if reads_entry(reader, entry) is not Reads.ALL:
        return HistoryLine(entry.at, str(words.label), happened_text(), (), "", "")
    content = content_of(entry.content)
    is_step = area_of(entry) is Area.BOOKINGS
    own = entry.person_id == reader.person_id
    left_out = frozenset() if reads_texts(reader, entry) else _OWNERS_TEXTS
    shows_address = entry.address and not is_step and (reader.is_admin or own)
    return HistoryLine(
        at=entry.at,
        label=str(words.label),
        sentence=words.sentence(_told(entry, content, names)),
        changes=()
        if is_step
        else _changes(content, names.rules.get(entry.facility_id), zone, left_out),
        why=content.why,
        address=entry.address if shows_address else "",
    )


def _told(entry: Any, content: Content, names: LogNames) -> Told:
    cluster = names.clusters.get(entry.cluster_id, "")
    return Told(
        actor=_actor(entry, names, cluster),
        person=_person(entry.person_id, names),
        organisation=isolated(names.organisations.get(entry.organisation_id, "")),
        cluster=isolated(cluster),
        facility=isolated(names.facilities.get(entry.facility_id, "")),
        reference=entry.reference or "",
        step=step_word(content.after.get("step", "")),
    )


def _actor(entry: Any, names: LogNames, cluster: str) -> str:
    if entry.actor_id is not None:
        is_other_side = (
            names.colleagues is not None
            and entry.actor_id not in names.colleagues
            and area_of(entry) is Area.BOOKINGS
        )
        return isolated(cluster) if is_other_side else _person(entry.actor_id, names)
    return {
        Actor.OPERATOR: gettext("The operator of this site"),
        Actor.VISITOR: gettext("Somebody not signed in"),
    }.get(entry.actor_kind, gettext("The system"))


def _person(person_id: int | None, names: LogNames) -> str:
    if person_id is None:
        return ""
    return isolated(names.people.get(person_id) or gettext("Somebody who has left"))


def _changes(
    content: Content, rules: BookingTerms | None, zone: ZoneInfo, left_out: frozenset[str]
) -> list[ChangedValue]:
    found = []
    for name in dict.fromkeys([*content.before, *content.after]):
        if name in left_out:
            continue
        before, after = (
            _value(name, side[name], rules, zone) if name in side else ""
            for side in (content.before, content.after)
        )
        found.append(ChangedValue(_label(name), before, after))
    return found


def _label(name: str) -> str:
    if name in TERM_WORDS:
        return str(TERM_WORDS[name].label)
    if day := _day(name):
        return formats.day(day)
    if quota := _quota(name):
        return quota_word(quota[1])
    return fact_label(name) if name in FACT_NAMES else field_word(name)


def _value(name: str, value: Any, rules: BookingTerms | None, zone: ZoneInfo) -> str:
    if value is None or value in ("", [], {}):
        return gettext("not stated")
    if name in _VALUES:
        return _VALUES[name](value, zone)
    if name in TERM_WORDS and rules is not None:
        typed = time.fromisoformat(value) if name == "half_day_time" else value
        return str(TERM_WORDS[name].value(typed, rules))
    if _day(name):
        return _special_day(value)
    if name in FACT_NAMES and isinstance(value, str | list):
        return fact_text(name, value)
    if quota := _quota(name):
        measure, _ = quota
        return amount(measure, value * 60 if measure is Measure.HOURS else value)
    return _plain(value)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, list):
        return formats.listed(_plain(one) for one in value)
    if isinstance(value, Mapping):
        return formats.listed(_plain(one) for one in value.values())
    return str(value)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _quota(name: str) -> tuple[Measure, Period] | None:
    measure, _, period = name.partition("_")
    try:
        return Measure(measure), Period(period)
    except ValueError:
        return None


def _special_day(value: Any) -> str:
    spans, note = value
    times = times_text((time.fromisoformat(a), time.fromisoformat(b)) for a, b in spans)
    text = times or gettext("not open")
    return gettext("%(hours)s (%(note)s)", hours=text, note=note) if note else text


def _weekly_hours(value: Any, _zone: ZoneInfo) -> str:
    lines = []
    for first, last, spans in value:
        timetable = Timetable(
            tuple(WeeklySpan(a, time.fromisoformat(b), time.fromisoformat(c)) for a, b, c in spans),
            date.fromisoformat(first) if first else None,
            date.fromisoformat(last) if last else None,
        )
        lines.append(
            gettext(
                "%(what)s: %(value)s",
                what=in_force_text(timetable),
                value=hours_text(timetable.spans),
            )
        )
    return "\n".join(lines)


def _closed(value: Any, zone: ZoneInfo) -> str:
    return "\n".join(
        closed_when(datetime.fromisoformat(a), datetime.fromisoformat(b) if b else None, zone)
        for a, b in value
    )


def _instant(value: str, zone: ZoneInfo) -> str:
    return formats.zoned_instant(datetime.fromisoformat(value), zone)


def _date(value: str, _zone: ZoneInfo) -> str:
    return formats.day(date.fromisoformat(value))


def _audience(value: str, _zone: ZoneInfo) -> str:
    return gettext("busy times") if value == "busy" else gettext("nothing")


def _days_off(value: Any, _zone: ZoneInfo) -> str:
    return "\n".join(days_off_text(one) for one in read_stored(value))


def _partners(value: Any, _zone: ZoneInfo) -> str:
    return "\n".join(
        gettext("%(what)s: %(value)s", what=str(PARTNER_WORDS[kind]), value=_plain(value[kind]))
        for kind in PartnerKind
        if kind in value
    )


#: What owners typed for those who decide or are booked.
_OWNERS_TEXTS = frozenset({"text", "title", "reason"})
_VALUES = {
    "weekly_hours": _weekly_hours,
    "closed": _closed,
    "starts_at": _instant,
    "ends_at": _instant,
    "kept_until": _instant,
    "asked_from": _date,
    "days_off": _days_off,
    "partners": _partners,
    "factor": lambda value, _zone: second_factor_word(SecondFactor(value)),
    "first_day": _date,
    "last_day": _date,
    "next_word_on": _date,
    "compiled_on": _date,
    "confirmed_on": _date,
    "status": lambda value, _zone: status_word(value),
    # Of what is no concept, such as an organisation that was merged, the value is its name.
    "concept": lambda value, _zone: concept_word(value),
    "merged_into": lambda value, _zone: concept_word(value),
    "kind": lambda value, _zone: value.replace("_", " "),
    "stage": lambda value, _zone: condition_stage_word(value),
    "sees_public": _audience,
    "sees_signed_in": _audience,
    "sees_own_cluster": _audience,
}
"""How a value is written, by its name in the log."""
