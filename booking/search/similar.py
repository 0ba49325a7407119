"""Which facilities are similar to another: those nearby and those of other clusters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from booking.concepts.normalise import fold
from booking.concepts.vocabulary import Facet, Vocabulary, present_vocabulary, with_broader
from booking.facilities.calendar_cache import FOREVER, Drawn, drawn_once
from booking.facilities.calendar_visibility import hidden_from, sees_calendar
from booking.facilities.closures import closed_for_good
from booking.facilities.effective_terms import effective_terms
from booking.facilities.listed import ListedCluster, ListedFacility, listed_facilities
from booking.facilities.terms_cache import cached
from booking.rules.terms import can_be_requested, status_allows
from booking.rules.visibility import Viewer
from booking.search.words import composed, named_by

#: So many nearby, and so many elsewhere, are returned: the most similar ones.
RETURNED = 8
SIMILAR_SHOWN = 3
_SIMILAR_LOOKED_AT = 30
_SHARED, _SAME_KIND = 3, 2
# About what one takes in memory.
_CANDIDATE_BYTES = 300
#: Kinds of which one cannot do what is done at the other, whatever both are for.
UNLIKE_KINDS = frozenset(
    map(frozenset, (("workbench", "range"), ("workbench", "living lab"), ("lab", "living lab")))
)
# What hazards, access and places say of a facility makes no other similar, unless a capability
# names it: `smoke tests`.
_OFFERS = frozenset({Facet.SUBJECT, Facet.CAPABILITY, Facet.EQUIPMENT})
_NAMED = _OFFERS | {Facet.HAZARD}


@dataclass(frozen=True)
class Offers:
    """What a facility offers, as similarity compares it.

    `own` are its concepts, `all` also what they are a kind of, `phrases` its capabilities folded.
    What too many offer to say anything is left out.
    """

    own: frozenset[str]
    all: frozenset[str]
    phrases: frozenset[str]


def offers_of(facility: ListedFacility, vocabulary: Vocabulary) -> Offers:
    """Return what a facility offers: its concepts; where it has none, those its capabilities name.

    A capability that then names none counts as it is worded.
    """
    known = vocabulary.concepts
    own = {one for one in facility.concepts if one in known and known[one].facet in _OFFERS}
    unnamed = set()
    for phrase in () if facility.concepts else facility.capabilities:
        found = named_by(composed(phrase), (), vocabulary)
        named = {one for one in found if known[one].facet in _NAMED}
        if not named:
            unnamed.add(fold(phrase))
        own |= named
    broader = {wide for one in own for wide in vocabulary.with_broader(one)}
    return Offers(
        own=frozenset(one for one in own if not known[one].is_common),
        all=frozenset(one for one in broader if not known[one].is_common),
        phrases=frozenset(unnamed),
    )


# Rules change one by one, and what all facilities offer is asked for again each time.
_known_offers = lru_cache(maxsize=20_000)(offers_of)


def shared_offers(one: Offers, other: Offers) -> list[str]:
    """Return what both offer: ids of concepts, and capabilities that are worded alike; sorted.

    One of them has to offer it by itself: two kinds of the same are not yet the same. Where both
    offer something narrower too, only that is named.
    """
    concepts = (one.own & other.all) | (other.own & one.all)
    wider = {wide for concept in concepts for wide in with_broader(concept)[1:]}
    return [*sorted(concepts - wider), *sorted(one.phrases & other.phrases)]


def fits_in_kind(kind: str, other: str) -> bool:
    """Return whether what is done at a facility of one kind can be done at one of the other."""
    return frozenset((kind, other)) not in UNLIKE_KINDS


@dataclass(frozen=True)
class SimilarFacility:
    """A facility similar to another, and what they have in common.

    `shared` is what both offer: ids of concepts, or capabilities; `areas` counts shared focus
    areas.
    """

    id: int
    slug: str
    name: str
    city: str | None
    cluster: ListedCluster
    shared: Sequence[str]
    areas: int
    is_near: bool
    likeness: int


def similar_facilities(facility_id: int, viewer: Viewer) -> list[SimilarFacility]:
    """Return facilities similar to this one, neither closed nor planned, the most similar first.

    At most so many as `RETURNED` in the same cluster, and as many in others. Facilities whose
    calendar the viewer may not see are left out. No statement where nothing has changed.
    """
    listed = listed_facilities()
    seen = [one for one in _all_similar(facility_id) if sees_calendar(listed[one.id], viewer)]
    near = [one for one in seen if one.is_near][:RETURNED]
    elsewhere = [one for one in seen if not one.is_near][:RETURNED]
    return sorted((*near, *elsewhere), key=_by_likeness)


def _by_likeness(one: SimilarFacility) -> tuple[int, str]:
    return -one.likeness, one.name


def _all_similar(facility_id: int) -> list[SimilarFacility]:
    """Return all facilities similar to this one that are neither closed nor planned."""
    listed = listed_facilities()
    facility, offers = listed[facility_id], _all_offers()
    areas = frozenset(facility.areas)
    found = []
    for other_id in _sharing(offers[facility_id]):
        other = listed[other_id]
        fits = fits_in_kind(facility.kind, other.kind) and status_allows(other.status)
        if other_id == facility_id or not fits:
            continue
        shared = shared_offers(offers[facility_id], offers[other_id])
        if not shared:
            continue
        same_areas = len(areas.intersection(other.areas))
        same_kind = _SAME_KIND if other.kind == facility.kind else 0
        found.append(
            SimilarFacility(
                id=other.id,
                slug=other.slug,
                name=other.name,
                city=other.city,
                cluster=other.cluster,
                shared=shared,
                areas=same_areas,
                is_near=other.cluster.id == facility.cluster.id,
                likeness=_SHARED * len(shared) + same_areas + same_kind,
            )
        )
    return sorted(found, key=_by_likeness)


def _all_offers() -> Mapping[int, Offers]:
    def find() -> dict[int, Offers]:
        vocabulary = present_vocabulary()
        return {one.id: _known_offers(one, vocabulary) for one in listed_facilities().values()}

    return cached("what facilities offer", find)


def _offering() -> Mapping[str, Sequence[int]]:
    """Return by concept or capability the ids of the facilities that offer it, by name."""

    def read() -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for facility_id, offers in _all_offers().items():
            for one in (*offers.all, *offers.phrases):
                found.setdefault(one, []).append(facility_id)
        return found

    return cached("who offers what", read)


def _sharing(offers: Offers) -> set[int]:
    """Return the ids of all facilities that offer something of this, or a kind of it."""
    offering = _offering()
    return {
        facility_id
        for one in (*offers.all, *offers.phrases)
        for facility_id in offering.get(one, ())
    }


@dataclass(frozen=True)
class SimilarNow:
    """The ids of similar facilities, the most similar first; they are until `until` (UTC)."""

    facility_ids: tuple[int, ...]
    until: datetime


def candidate_ids(facility_id: int, now: datetime) -> list[int]:
    """Return the ids of the facilities of which `similar_to` returns some."""
    return [one.id for one in _candidates(facility_id, now)]


def similar_to(facility_id: int, viewer: Viewer, now: datetime) -> SimilarNow:
    """Return facilities of other clusters similar to this one.

    Only those that can be requested here at `now`, as far as the viewer may know: closures that
    are not for them count as none. A constant number of statements.
    """
    alike = _candidates(facility_id, now)
    # Its own terms too: its page reads them next.
    effective = effective_terms([facility_id, *(one.id for one in alike)])
    open_ones = [one for one in alike if can_be_requested(effective[one.id].rules)]
    hidden = hidden_from(viewer)
    closed = closed_for_good([one.id for one in open_ones if one.id not in hidden], now)
    found = [one.id for one in open_ones if one.id not in closed.facility_ids]
    return SimilarNow(tuple(found[:SIMILAR_SHOWN]), closed.next_at or FOREVER)


def shared_by(facility_id: int, other_id: int) -> list[str]:
    """Return what both facilities offer: ids of concepts, or capabilities."""
    offers = _all_offers()
    return shared_offers(offers[facility_id], offers[other_id])


def _candidates(facility_id: int, now: datetime) -> Sequence[SimilarFacility]:
    """Return them, the most similar first, from memory until rules or facts change."""

    def find() -> Drawn[Sequence[SimilarFacility]]:
        found = [one for one in _all_similar(facility_id) if not one.is_near]
        found = found[:_SIMILAR_LOOKED_AT]
        return Drawn(found, FOREVER, size=_CANDIDATE_BYTES * len(found))

    return drawn_once(("similar", facility_id), (), now, find)
