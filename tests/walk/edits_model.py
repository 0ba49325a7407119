"""What requesters change in the model: what is less holds at once, what is more is requested."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.rules.minute_model import TICK, instant_of
from tests.walk.dialogue_model import DialogueModel
from tests.walk.history import Date, Request
from tests.walk.model import FREEDOM, NOT_FOUND, Answer, by_state

#: Of a date that is agreed on, these need no new yes; of what is said about it.
NO_NEW_YES = {"title", "fewer_people", "no_hazards"}
#: The time was asked for early enough.
ASKED_IN_TIME = {"too_late", "beyond_horizon"}
STANDING = {"requested", "accepted", "confirmed"}
#: What waits may be changed too, but only become less.
EDITABLE = {*STANDING, "waiting"}
UNDECIDED = {"requested", "waiting"}


@dataclass(frozen=True)
class Wish:
    """The time and extent that one date is to have."""

    index: int
    stretch: tuple[int, int]
    whole: bool
    places: int


@dataclass(eq=False)
class Edited:
    """What a change leads to for one date: kinds of changes that hold at once, and that do not."""

    date: Date
    plan: dict[str, Any]
    at_once: set[str]
    to_answer: set[str]
    ending: list[Date]
    is_chosen: bool


def plan_of(request: Request, one: Date) -> dict[str, Any]:
    """Return all that a requester wants of a date."""
    where = {"start": one.start, "end": one.end, "whole": one.whole, "places": one.places}
    return {**where, **request.details_of(one)}


def kinds_between(old: dict[str, Any], new: dict[str, Any]) -> tuple[set[str], set[str]]:
    """Return the kinds of changes of time and extent, and of what is said."""
    of_date, said = set(), set()
    if (old["start"], old["end"]) != (new["start"], new["end"]):
        if old["start"] <= new["start"] and new["end"] <= old["end"]:
            of_date.add("shorter")
        elif new["start"] <= old["start"] and old["end"] <= new["end"]:
            of_date.add("longer")
        else:
            of_date.add("moved")
    if old["whole"] != new["whole"]:
        of_date.add("whole_instead" if new["whole"] else "places_instead")
    elif not new["whole"] and old["places"] != new["places"]:
        of_date.add("fewer_places" if new["places"] < old["places"] else "more_places")
    if old["title"] != new["title"]:
        said.add("title")
    if old["people"] != new["people"]:
        said.add("fewer_people" if new["people"] < old["people"] else "more_people")
    if (old["hazards"], old["hazards_note"]) != (new["hazards"], new["hazards_note"]):
        said.add("new_hazards" if new["hazards"] else "no_hazards")
    return of_date, said


LESS = {"shorter", "fewer_places", "places_instead"}


class EditsModel(DialogueModel):
    """The clusters, with requesters who change what they have asked for."""

    def coming(self, request: Request) -> list[Date]:
        """Return what stands of a request and is not over; not what waits to be its place.

        Nothing in whose place something is accepted, or asked for at another facility.
        """
        accepted = {
            one.replaces
            for one in request.dates
            if one.state == "accepted" and one.is_open(self.now)
        }
        accepted |= {
            one.replaces
            for one in self.open_for(request, request.dates, {"requested", "accepted"})
            if one not in request.dates
        }
        return [
            one
            for one in request.dates
            if not (one.replaces and one.replaces.stands)
            and one not in accepted
            and one.state in EDITABLE
            and (one.state == "confirmed" or one.is_open(self.now))
            and one.ends_at > self.now
        ]

    def edit(
        self, person: str, number: int, said: dict[str, Any], wish: Wish | None, *, stale: bool
    ) -> Answer:
        """Change what is said about a request, or time and extent of one of its dates."""
        request = self.requests[number]
        if not self._asked(person, request):
            return NOT_FOUND
        found = self._edited(request, said, wish)
        if isinstance(found, tuple):
            return found
        if stale:
            return "conflict", "changed"
        reasons = self._reasons_against(request, found)
        if reasons:
            return "refused", frozenset(reasons)
        named = self.named_for(number)
        ending = [one for edited in found for one in edited.ending]
        proposed = [one for one in ending if one.state == "proposed"]
        requested = [one for one in ending if one.state != "proposed"]
        self.end_quietly(proposed, "declined", "requester", person)
        for alike in by_state(requested):
            self._step(number, alike, "withdrawn", "requester", person, "", is_told=False)
        self._hold_at_once(number, found)
        asked = [one for one in found if one.to_answer]
        changed = [one for one in found if one.at_once]
        first = True
        for state in sorted({one.date.state for one in changed}):
            self.tell(
                number, [one.date for one in changed if one.date.state == state], state, state,
                "requester", person, "Words." if first and not asked else "", "changed",
                named=named, is_told=first,
            )  # fmt: skip
            request.changes += 1
            first = False
        if asked:
            self._request(number, asked)
            new = [one.date for one in asked]
            self.tell(number, new, None, "requested", "requester", person, "Words.", named=named)
        kinds = (
            frozenset(kind for one in changed for kind in one.at_once),
            frozenset(kind for one in asked for kind in one.to_answer),
        )
        return "ok", kinds

    def _edited(
        self, request: Request, said: dict[str, Any], wish: Wish | None
    ) -> list[Edited] | Answer:
        coming, base, known = self.coming(request), None, request.details
        if wish is not None:
            chosen = request.dates[wish.index]
            base, known = self._in_place_of(chosen), request.details_of(chosen)
            if base not in coming:
                return "conflict", self._why_not(base)
        if not coming:
            return "conflict", "already_decided"
        new = {name: value for name, value in said.items() if value != known[name]}
        if new.keys() & {"hazards", "hazards_note"}:
            new |= {name: said[name] for name in ("hazards", "hazards_note")}
        every = [self._edit_of(request, one, new, wish if one is base else None) for one in coming]
        if any(one and one.to_answer and one.date.state == "waiting" for one in every):
            return ("Invalid",)
        return [one for one in every if one is not None] or ("Invalid",)

    def _why_not(self, one: Date) -> str:
        if one.state in ("requested", "accepted", "proposed", "waiting") and not one.is_open(
            self.now
        ):
            return "expired"
        return "over" if one.state in EDITABLE and one.ends_at <= self.now else "already_decided"

    def _edit_of(
        self, request: Request, one: Date, new: dict[str, Any], wish: Wish | None
    ) -> Edited | None:
        beside = [
            other
            for other in request.all_dates
            if other.replaces is one and other.is_open(self.now)
        ]
        asked = next((other for other in beside if other.state != "proposed"), None)
        stands, wanted = plan_of(request, one), plan_of(request, asked or one)
        plan = {**wanted, **new}
        if wish is not None:
            plan |= {"start": wish.stretch[0], "end": wish.stretch[1], "whole": wish.whole}
            if not wish.whole:
                plan["places"] = wish.places
        of_date, said = kinds_between(wanted, plan)
        if not of_date | said:
            return None
        chosen = wish is not None
        if of_date | said == {"title"}:
            return Edited(one, {**stands, "title": plan["title"]}, {"title"}, set(), [], chosen)
        back = of_date | said
        of_date, said = kinds_between(stands, plan)
        date_waits = not of_date <= LESS
        waits = {kind for kind in said if one.state not in UNDECIDED and kind not in NO_NEW_YES}
        to_answer = (of_date if date_waits else set()) | waits
        at_once = (of_date | said) - to_answer
        if asked is not None and not of_date | said:
            at_once = back  # what was asked for instead is withdrawn, and that is all
        needs_yes = {kind for kind in at_once if kind not in NO_NEW_YES | LESS}
        ends = asked is not None or to_answer or at_once & LESS or needs_yes
        # What is asked for anew says everything, and what stands only what needs no yes.
        return Edited(one, plan, at_once, to_answer, beside if ends else [], chosen)

    def _stands_then(self, request: Request, edited: Edited) -> dict[str, Any]:
        """Return what holds for a date from now on."""
        stands, at_once = plan_of(request, edited.date), edited.at_once
        found = {**stands, "title": edited.plan["title"]}
        groups = {
            ("start", "end"): {"shorter", "longer", "moved"},
            ("whole", "places"): {
                "fewer_places", "more_places", "places_instead", "whole_instead",
            },
            ("people",): {"fewer_people", "more_people"},
            ("hazards", "hazards_note"): {"no_hazards", "new_hazards"},
        }  # fmt: skip
        for names, kinds in groups.items():
            if at_once & kinds:
                found |= {name: edited.plan[name] for name in names}
        return found

    def _reasons_against(
        self, request: Request, found: Sequence[Edited]
    ) -> set[tuple[int | None, str]]:
        without = [
            one
            for edited in found
            for one in (
                edited.date,
                *self.open_for(request, [edited.date], STANDING | {"proposed"}),
            )
        ]
        reasons: set[tuple[int | None, str]] = set()
        for edited in found:
            number = 0 if edited.is_chosen else None

            def against(plan: dict[str, Any]) -> set[str]:
                counted = self.count(request.facility, plan["whole"], without=without)
                where = plan["start"], plan["end"], plan["places"], plan["whole"]
                return counted.reasons(*where, plan["people"])

            if edited.at_once - {"title", "no_hazards", "new_hazards"}:
                stands, then = plan_of(request, edited.date), self._stands_then(request, edited)
                if instant_of(then["end"]) <= self.now:
                    reasons.add((number, "in_the_past"))
                else:
                    codes = against(then) - against(stands) - FREEDOM - {"taken", "dates_overlap"}
                    reasons |= {(number, code) for code in codes}
            if edited.to_answer:
                codes = against(edited.plan)
                if not edited.to_answer & {"shorter", "longer", "moved"}:
                    # The time was asked for early enough, but somebody has to answer in time.
                    start = edited.plan["start"]
                    counted = self.count(request.facility, edited.plan["whole"], without=without)
                    if "too_late" in codes and counted.due_at(start) <= self.now:
                        codes.add("due_already")
                    codes -= ASKED_IN_TIME
                reasons |= {(number, code) for code in codes}
        return reasons

    def _hold_at_once(self, number: int, found: Sequence[Edited]) -> None:
        """Let dates be as they are from now on; they give back what they do not need."""
        request = self.requests[number]
        said: dict[Date, dict[str, Any]] = {}
        for edited in found:
            one = edited.date
            if not edited.at_once:
                continue
            then = self._stands_then(request, edited)
            details = {name: then[name] for name in request.details}
            said[one] = details
            if edited.at_once != {"title"}:
                for other in request.all_dates:
                    if other.replaces is one and other.is_open(self.now):
                        said[other] = details
            one.changed_at = self.now
            if edited.at_once & LESS:
                self._shrink(request, one, then)
        if not said:
            return
        title = next(iter(said.values()))["title"]
        every = [
            said.get(one) or {**request.details_of(one), "title": title}
            for one in self.coming(request)
        ]
        same = all(one == every[0] for one in every)
        self._save_details(request, said, every[0] if same else {**request.details, "title": title})

    def _shrink(self, request: Request, one: Date, then: dict[str, Any]) -> None:
        had = {(facility, tick): count for facility, tick, count in one.taking()}
        if one.state == "waiting" and one.start != then["start"]:
            one.lapses_at = self.waits_until(request.facility, instant_of(then["start"]))
        one.start, one.end = then["start"], then["end"]
        if one.whole != then["whole"] or not then["whole"]:
            one.whole, one.places = then["whole"], then["places"]
        rules = self.rules(request.facility)
        wanted = range(one.start - rules.setup_minutes, one.end + rules.cleanup_minutes, TICK)
        first, last = max(wanted[0], one.around[0]), min(wanted[-1], one.around[-1])
        one.around = range(first, last + TICK, TICK)
        one.seats = self.seats(request.facility, one.whole, one.places)
        if one.part is not None:
            kept = {(facility, tick): count for facility, tick, count in one.needing()}
            one.part = {key: min(count, kept[key]) for key, count in had.items() if key in kept}
        if one.marked and not self.disruptions(request, one):
            one.marked = False
        request.dates.sort(key=lambda other: other.start)

    def _save_details(
        self, request: Request, said: dict[Date, dict[str, Any]], shared: dict[str, Any]
    ) -> None:
        kept = {one: request.details_of(one) for one in request.all_dates}
        request.details = dict(shared)
        for one in request.all_dates:
            if one.state not in STANDING | {"proposed", "waiting", "no_show"}:
                continue
            if one.state == "waiting" and one not in said and not one.own:
                continue
            details = said.get(one) or kept[one]
            one.own = {
                name: value
                for name, value in details.items()
                if name != "title" and value != shared[name]
            }

    def share_details(self, number: int) -> None:
        """Let a request say again what all its dates say that stand."""
        request = self.requests[number]
        if not any(one.own for one in request.all_dates):
            return
        standing = [
            request.details_of(one)
            for one in request.all_dates
            if one.state in STANDING | {"proposed", "waiting"}
            and not (one.replaces and one.replaces.stands)
        ]
        if standing and all(one == standing[0] for one in standing):
            shared = {**standing[0], "title": request.details["title"]}
            if shared != request.details:
                self._save_details(request, {}, shared)

    def _request(self, number: int, asked: Sequence[Edited]) -> None:
        """Request what needs a yes, in the place of what stands."""
        request = self.requests[number]
        standing = [edited.date for edited in asked]
        new = []
        for edited in asked:
            plan = edited.plan
            own = {
                name: plan[name]
                for name in request.details
                if name != "title" and plan[name] != request.details[name]
            }
            stretch, extent = (plan["start"], plan["end"]), (plan["whole"], plan["places"])
            one = self._save(number, edited.date, stretch, extent, own)
            new.append(one)
            edited.date = one
        if self.stated(request.facility, "pending_holds", False):
            for one in new:
                held = self.hold_beside(one, standing)
                assert held, "requested although it does not fit"
