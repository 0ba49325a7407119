"""What the address of the calendar across facilities asks for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from zoneinfo import ZoneInfo

from flask import request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from booking import formats, wording
from booking.calendars.forms import CalendarForm
from booking.calendars.zone_views import known_zone
from booking.calendars.zones import zone_or_none
from booking.facilities.matching import Filters
from booking.facilities.queries import Vocabulary

VIEWS = ("day", "week", "month")
FIELDS = ("what", "cluster", "kind", "area")
_KEPT = (*FIELDS, "view", "on", "zone", "hours", "as", "open", "fold")
_Changes = Mapping[str, str | Sequence[str] | None]
_MAX_PAGE = 10_000


@dataclass(frozen=True)
class Asked:
    """The address, read: what it narrows the list to, and how it wants it drawn."""

    form: CalendarForm
    filters: Filters
    zone: ZoneInfo
    chips: Sequence[tuple[str, str]]
    zones: Sequence[tuple[str, str]]
    args: "MultiDict[str, str]"

    @property
    def view(self) -> str:
        """Return the view, the day where none is named."""
        view = self.args.get("view", "")
        return view if view in VIEWS else "day"

    @property
    def as_list(self) -> bool:
        """Tell whether it is to be shown as sentences."""
        return self.args.get("as") == "list"

    @property
    def whole_day(self) -> bool:
        """Tell whether all hours are to be shown."""
        return self.args.get("hours") == "all"

    @property
    def page(self) -> int:
        """Return the number of the page, from 1."""
        text = self.args.get("page", "1")
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1
        return min(max(number, 1), _MAX_PAGE)


def read_filters(vocabulary: Vocabulary, own_zone: ZoneInfo) -> Asked:
    """Return what the address asks; what the catalogue does not know is left out."""
    args = request.args
    names = {
        "cluster": {one.slug: one.short_name for one in vocabulary.clusters},
        "kind": {kind: wording.kind_word(kind) for kind in vocabulary.kinds},
        "area": {one.slug: wording.focus_area_word(one.slug) for one in vocabulary.focus_areas},
    }
    given = {
        name: tuple(value for value in args.getlist(name) if value in known)
        for name, known in names.items()
    }
    zone = zone_or_none(args.get("zone")) or own_zone
    form = _form(names, given)
    text = form.what.data or "" if form.validate() else ""
    chips = [(text, calendar_url(without=("what", args.get("what", ""))))] if text else []
    chips += [
        (names[name][value], calendar_url(without=(name, value)))
        for name, values in given.items()
        for value in values
    ]
    return Asked(
        form=form,
        filters=Filters(text, given["cluster"], given["kind"], given["area"]),
        zone=zone,
        chips=chips,
        zones=_zones(vocabulary, own_zone, zone),
        args=args,
    )


def _form(
    names: Mapping[str, Mapping[str, str]], given: Mapping[str, Sequence[str]]
) -> CalendarForm:
    values = {name: chosen[0] for name, chosen in given.items() if chosen}
    form = CalendarForm(
        formdata=MultiDict({"what": request.args.get("what", ""), "cluster": "", **values})
    )
    anything = {"cluster": _("Any cluster"), "kind": _("Any kind"), "area": _("Any focus area")}
    for name, known in names.items():
        form.offer(name, [("", anything[name]), *known.items()])
    return form


def _zones(vocabulary: Vocabulary, own_zone: ZoneInfo, zone: ZoneInfo) -> list[tuple[str, str]]:
    """Return key and name of the zones to choose from: the reader's first, then the clusters'."""
    keys = {own_zone.key, zone.key, *(one.time_zone for one in vocabulary.clusters)}
    own = formats.zone_name(own_zone)
    if own_zone == known_zone():
        own = _("%(zone)s, yours", zone=own)
    others = [(key, formats.zone_name(ZoneInfo(key))) for key in sorted(keys - {own_zone.key})]
    return [(own_zone.key, own), *others]


def calendar_url(
    changes: _Changes = MappingProxyType({}),
    *,
    without: tuple[str, str] | None = None,
) -> str:
    """Return this calendar's address with something changed (None: left out), or a filter off."""
    kept: dict[str, str | Sequence[str]] = {}
    for name in _KEPT:
        values = [v for v in request.args.getlist(name) if v and (name, v) != without]
        if values and name not in changes:
            kept[name] = values
    kept |= {name: value for name, value in changes.items() if value is not None}
    return url_for("calendars.index", **kept)  # type: ignore[arg-type]
