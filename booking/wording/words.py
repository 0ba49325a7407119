"""Words for the codes in rules and tables: kinds, units, hazards, statuses, countries."""

from functools import lru_cache

from babel import Locale

from booking.rules.opening import Unit
from booking.wording.translator import gettext, language, lazy_gettext

#: Kinds of facilities, as the catalogue's vocabulary has them.
KINDS = {
    "facility": lazy_gettext("facility"),
    "lab": lazy_gettext("lab"),
    "living lab": lazy_gettext("living lab"),
    "range": lazy_gettext("range"),
    "workbench": lazy_gettext("workbench"),
}
_UNITS = {
    Unit.HOUR: lazy_gettext("by the hour"),
    Unit.HALF_DAY: lazy_gettext("by the half day"),
    Unit.DAY: lazy_gettext("by the day"),
}
#: Kinds of organisations, in the order of a form.
ORGANISATION_KINDS = {
    "sme": lazy_gettext("small or medium-sized firm"),
    "large": lazy_gettext("large firm"),
    "university": lazy_gettext("university or research institute"),
    "public_body": lazy_gettext("public body"),
    "practitioner": lazy_gettext("first responder or law enforcement"),
}
#: Kinds of what is done in a booking, in the order of a form.
ACTIVITIES = {
    "experiment": lazy_gettext("experiment"),
    "test": lazy_gettext("test or validation"),
    "demonstration": lazy_gettext("demonstration"),
    "exercise": lazy_gettext("exercise or training"),
    "visit": lazy_gettext("visit"),
    "acceptance": lazy_gettext("acceptance"),
}
_HAZARDS = {
    "chemicals": lazy_gettext("chemicals"),
    "collapse": lazy_gettext("collapsed or unstable structures"),
    "cryogenics": lazy_gettext("extreme cold"),
    "flight": lazy_gettext("flight"),
    "hazardous-substances": lazy_gettext("hazardous substances"),
    "heights": lazy_gettext("work at heights"),
    "high-noise": lazy_gettext("loud noise"),
    "high-voltage": lazy_gettext("high voltage"),
    "laser": lazy_gettext("laser"),
    "live-fire": lazy_gettext("open fire"),
    "machines": lazy_gettext("moving machines"),
    "radiation": lazy_gettext("radiation"),
    "smoke": lazy_gettext("smoke"),
    "strong-radio-fields": lazy_gettext("strong radio fields"),
    "vehicles": lazy_gettext("moving vehicles"),
    "water": lazy_gettext("water"),
}
_STATUSES = {
    "open": lazy_gettext("open"),
    "open-unverified": lazy_gettext("open, according to public pages"),
    "unverified": lazy_gettext("not verified whether it is open"),
    "winding-down": lazy_gettext("winding down"),
    "closed": lazy_gettext("closed"),
    "planned": lazy_gettext("planned, not open"),
    "invented": lazy_gettext("invented for the demonstration"),
}


def kind_word(kind: str) -> str:
    """Return what this kind of facility is called; an unknown one unchanged."""
    return str(KINDS.get(kind, kind))


def unit_word(unit: Unit) -> str:
    """Return the unit in which a facility is booked: `by the half day`."""
    return str(_UNITS[Unit(unit)])


def organisation_kind_word(kind: str) -> str:
    """Return what this kind of organisation is called; an unknown one unchanged."""
    return str(ORGANISATION_KINDS.get(kind, kind))


def activity_word(activity: str) -> str:
    """Return what this kind of activity is called; an unknown one unchanged."""
    return str(ACTIVITIES.get(activity, activity))


def hazard_word(hazard: str) -> str:
    """Return what a hazard is called, with the remark behind it; an unknown one unchanged."""
    code, bracket, remark = hazard.partition(" (")
    word = str(_HAZARDS.get(code, code))
    return f"{word}{bracket}{remark}"


def status_word(status: str) -> str:
    """Return the status of a facility in words, with the year of one like `planned-in-2019`."""
    if status in _STATUSES:
        return str(_STATUSES[status])
    year = status[-4:]
    if status.startswith("planned-in-") and year.isdigit():
        return gettext("planned in %(year)s, not known to be open", year=year)
    if status.startswith("unverified-since-") and year.isdigit():
        return gettext("last public information from %(year)s", year=year)
    if status.startswith("planned"):
        return str(_STATUSES["planned"])
    return status


def focus_area_word(slug: str) -> str:
    """Return the short name of a focus area: `counter UAS` for `counter-uas`."""
    name = str(_FOCUS_AREAS.get(slug) or slug.replace("-", " "))
    return name[:1].upper() + name[1:]


_FOCUS_AREAS = {
    "cybersecurity": lazy_gettext("Cybersecurity"),
    "critical-infrastructure-protection": lazy_gettext("Critical infrastructure"),
    "national-security": lazy_gettext("National security"),
    "urban-security": lazy_gettext("Urban security"),
    "forensics": lazy_gettext("Forensics"),
    "border-maritime": lazy_gettext("Borders and sea"),
    "drones-uas": lazy_gettext("Unmanned systems"),
    "counter-uas": lazy_gettext("Drone defence"),
    "crisis-management": lazy_gettext("Crisis management"),
    "fire-rescue": lazy_gettext("Fire and rescue"),
    "cbrn": lazy_gettext("CBRN"),
    "smart-secure-societies": lazy_gettext("Smart and secure cities"),
    "secure-electronics": lazy_gettext("Secure electronics"),
    "iot-connectivity": lazy_gettext("IoT"),
    "contactless-identity": lazy_gettext("Contactless and identity"),
    "sensing-earth-observation": lazy_gettext("Sensing and earth observation"),
    "space": lazy_gettext("Space"),
    "defence": lazy_gettext("Defence"),
    "energy-systems": lazy_gettext("Energy systems"),
    "connected-mobility": lazy_gettext("Connected mobility"),
    "critical-communications": lazy_gettext("Critical communications"),
    "industrial-security": lazy_gettext("Industrial security"),
    "event-security": lazy_gettext("Event security"),
    "training-simulation": lazy_gettext("Training and simulation"),
}


# Unicode CLDR also lists unions, parts of countries, and codes for tests.
_NO_COUNTRIES = frozenset(
    {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"}
)


@lru_cache(maxsize=8)
def _babel(language: str) -> Locale:
    return Locale.parse(language)


def _reader() -> Locale:
    return _babel(language() or "en")


def country_name(code: str) -> str:
    """Return the name of a country (ISO 3166-1 alpha-2) in the reader's language."""
    return str(_reader().territories.get(code, code))


def countries() -> list[tuple[str, str]]:
    """Return code and name of every country, by name in the reader's language."""
    codes = [str(code) for code in _reader().territories]
    found = [
        (code, country_name(code))
        for code in codes
        if len(code) == len("DK") and code not in _NO_COUNTRIES
    ]
    return sorted(found, key=lambda one: one[1].casefold())


def language_name(code: str) -> str:
    """Return the name of a language (ISO 639-1) in the reader's language."""
    return str(_reader().languages.get(code, code))
