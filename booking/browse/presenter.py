"""What pages of facilities and clusters say at a glance: facts as icon, word and remark."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext, ngettext

from booking.rules.days_off import DaysOff
from booking.rules.facts import AccessMode, Cost, Setting
from booking.rules.partners import PartnerKind
from booking.rules.terms import BookingMode, BookingTerms, status_allows
from booking.wording import formats
from booking.wording.clusters import PARTNER_WORDS, days_off_text
from booking.wording.facts import COST_WORDS
from booking.wording.hours import open_lines
from booking.wording.surroundings import Surroundings, surroundings
from booking.wording.terms import length_text
from booking.wording.words import kind_word, unit_word


@dataclass(frozen=True)
class Fact:
    """One fact: the name of an icon, the fact in words, a remark or None; whether it is invented.

    `about` names the fact where the page says which ones are demo values.
    """

    icon: str
    text: str
    remark: str | None = None
    is_demo: bool = False
    about: str | None = None


@dataclass(frozen=True)
class FacilityFacts:
    """What the facts are made of.

    `areas` are the names of its focus areas, `today` is the present day at the facility,
    `answer_days` are working days as the cluster states them, `usual_answer_days` days as they
    were measured, None: too few. Setting, access and costs are codes of `rules.facts`. `demo` has
    the terms that hold by a demo value. `earliest` is None where nothing can be requested.
    """

    name: str
    kind: str
    capabilities: Sequence[str]
    areas: list[str]
    cluster: str
    answer_days: int
    own_places: int
    rules: BookingTerms
    demo: Container[str]
    today: date
    earliest: date | None
    usual_answer_days: int | None = None
    setting: str | None = None
    size: str | None = None
    access_mode: str | None = None
    who_may_use: str | None = None
    permits: str | None = None
    asking_cost: str | None = None
    use_cost: str | None = None


def facility_facts(about: FacilityFacts) -> list[Fact]:
    """Return the facts of a facility in the order of the page; what is not stated is left out.

    A facility that cannot be requested here has no facts about requests.
    """
    facts = [_kind(about), _setting(about), _size(about)]
    if about.rules.mode is BookingMode.ELSEWHERE or not status_allows(about.rules.status):
        facts.append(_people(about))
    else:
        facts += [_people(about), _length(about), _hours(about), _notice(about), _answer(about)]
        facts.append(_cost(about))
    facts += [_access(about), _permits(about)]
    return [fact for fact in facts if fact is not None]


def demo_facts(facts: list[Fact]) -> str | None:
    """Return in words which facts are demo values, None if none is."""
    names = [fact.about or fact.text for fact in facts if fact.is_demo]
    if not names:
        return None
    return gettext("Demo values: %(facts)s.", facts=formats.listed(names))


def _kind(about: FacilityFacts) -> Fact:
    areas = formats.listed(about.areas[:2])
    return Fact(about.kind.replace(" ", "-"), _sentence(kind_word(about.kind)), areas or None)


def _setting(about: FacilityFacts) -> Fact | None:
    """Return what its owner states; else what its name and capabilities say."""
    match about.setting:
        case Setting.INDOOR:
            return Fact("indoors", gettext("Indoors"))
        case Setting.OUTDOOR:
            return Fact("outdoors", gettext("Outdoors"))
        case Setting.BOTH:
            return Fact("outdoors", gettext("Indoors and outdoors"))
    found = surroundings(about.name, about.capabilities)
    if not found:
        return None
    if len(found) > 1:
        return Fact(found[0].value, gettext("Indoors and outdoors"))
    text = gettext("Indoors") if found[0] is Surroundings.INDOORS else gettext("Outdoors")
    return Fact(found[0].value, text)


def _size(about: FacilityFacts) -> Fact | None:
    return Fact("size", about.size) if about.size else None


def _access(about: FacilityFacts) -> Fact | None:
    if not (about.access_mode or about.who_may_use):
        return None
    words = {
        AccessMode.ON_SITE: gettext("Used on site"),
        AccessMode.REMOTE: gettext("Used remotely"),
        AccessMode.BOTH: gettext("On site or remotely"),
    }
    if about.access_mode is None:
        return Fact("person", gettext("Who may use it"), about.who_may_use)
    return Fact("person", words[AccessMode(about.access_mode)], about.who_may_use)


def _permits(about: FacilityFacts) -> Fact | None:
    if not about.permits:
        return None
    return Fact("conditions", gettext("Permits needed"), gettext("see Details below"))


def _cost(about: FacilityFacts) -> Fact:
    if about.use_cost is None:
        use = gettext("ask %(cluster)s about fees for its use", cluster=about.cluster)
    else:
        use = gettext("use: %(cost)s", cost=COST_WORDS[about.use_cost])
    if about.asking_cost in (None, Cost.FREE):
        return Fact("money", gettext("Requests are free"), use)
    return Fact("money", gettext("Requests: %(cost)s", cost=COST_WORDS[about.asking_cost]), use)


def _people(about: FacilityFacts) -> Fact | None:
    rules = about.rules
    groups = None
    if about.own_places:
        groups = ngettext("%(num)d group at a time", "%(num)d groups at a time", about.own_places)
    if rules.people_limit is None:
        return Fact("people", groups) if groups else None
    return Fact(
        "people",
        ngettext("Up to %(num)d person", "Up to %(num)d people", rules.people_limit),
        groups,
        is_demo="people_limit" in about.demo,
        about=gettext("people"),
    )


def _length(about: FacilityFacts) -> Fact | None:
    if about.rules.mode is BookingMode.BY_AGREEMENT:
        return Fact("duration", gettext("Dates by agreement"), gettext("propose your own"))
    is_demo = any(name in about.demo for name in ("unit", "minimum_units", "maximum_units"))
    text = length_text(about.rules)
    unit = unit_word(about.rules.unit)
    return Fact(
        "duration",
        _sentence(text or unit),
        unit if text else None,
        is_demo=is_demo,
        about=gettext("length"),
    )


def _hours(about: FacilityFacts) -> Fact | None:
    if about.rules.hours.spans is None:
        return None
    lines = open_lines(about.rules.hours, about.today)
    return Fact(
        "clock",
        lines[0],
        formats.zone_name(about.rules.zone),
        is_demo="spans" in about.demo,
        about=gettext("hours"),
    )


def _notice(about: FacilityFacts) -> Fact | None:
    days = about.rules.lead_time_days
    if days is None or about.rules.mode is BookingMode.BY_AGREEMENT:
        return None
    earliest = None
    if about.earliest is not None:
        earliest = gettext("earliest date: %(day)s", day=formats.short_day(about.earliest))
    if not days:
        text = gettext("No notice needed")
    elif about.rules.late_asking:
        text = ngettext("%(num)d day's notice preferred", "%(num)d days' notice preferred", days)
    else:
        text = ngettext("%(num)d day's notice", "%(num)d days' notice", days)
    return Fact(
        "notice",
        text,
        earliest,
        is_demo="lead_time_days" in about.demo,
        about=gettext("notice"),
    )


def _answer(about: FacilityFacts) -> Fact:
    if about.usual_answer_days is not None:
        return Fact(
            "answer",
            ngettext(
                "Usual answer within %(num)d day",
                "Usual answer within %(num)d days",
                about.usual_answer_days,
            ),
            ngettext(
                "measured over the last answers; %(cluster)s promises %(num)d working day",
                "measured over the last answers; %(cluster)s promises %(num)d working days",
                about.answer_days,
                cluster=about.cluster,
            ),
        )
    return Fact(
        "answer",
        ngettext(
            "Answer in %(num)d working day", "Answer in %(num)d working days", about.answer_days
        ),
        gettext("%(cluster)s decides", cluster=about.cluster),
    )


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


@dataclass(frozen=True)
class ClusterFacts:
    """What the facts of a cluster are made of; `offset` is that of its zone from UTC now."""

    city: str
    second_cities: list[str]
    answer_days: int
    zone: str
    offset: str
    facilities: int


def cluster_facts(about: ClusterFacts) -> list[Fact]:
    """Return the facts of a cluster in the order of its page."""
    count = ngettext("%(num)s facility", "%(num)s facilities", about.facilities)
    days = about.answer_days
    answer = ngettext("Answer in %(num)s working day", "Answer in %(num)s working days", days)
    return [
        Fact("place", about.city, _also_in(about.second_cities)),
        Fact("facility", count),
        Fact("answer", answer),
        Fact("clock", gettext("%(zone)s (%(offset)s)", zone=about.zone, offset=about.offset)),
    ]


def _also_in(cities: list[str]) -> str | None:
    """Return where else the cluster has sites, or None."""
    return gettext("also in %(cities)s", cities=formats.listed(cities)) if cities else None


def partner_lines(partners: Mapping[str, Sequence[str]]) -> list[tuple[str, Sequence[str]]]:
    """Return each kind of partner with its names; nothing if no kind has any."""
    if not any(partners.values()):
        return []
    return [(str(PARTNER_WORDS[kind]), partners.get(kind, ())) for kind in PartnerKind]


#: So many coming days off are shown.
SHOWN_DAYS_OFF = 5


def coming_days_off(own: Sequence[DaysOff], holidays: Mapping[date, str], today: date) -> list[str]:
    """Return the next days on which a cluster answers nobody, beside weekends, as lines.

    Public holidays within its own days off are left out.
    """
    public = (
        DaysOff(day, day, name)
        for day, name in holidays.items()
        if not any(one.first <= day <= one.last for one in own)
    )
    coming = sorted(one for one in (*own, *public) if one.last >= today)
    return [days_off_text(one) for one in coming[:SHOWN_DAYS_OFF]]
