"""The clusters of the walk with more to see, and people who read pages there.

Each page is read twice: from an application that keeps what it draws through the whole walk, and
from one on the same database that draws everything anew.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from booking.accounts.models import Organisation, Person
from booking.accounts.queries import account_of
from booking.app import create_app
from booking.clusters.models import FocusArea
from booking.errors import NotFound
from booking.extensions import db
from booking.facilities import calendar_cache, terms_cache
from booking.facilities.models import Facility
from booking.feeds.kinds import FeedKind
from booking.feeds.service import make_feed
from booking.rules.visibility import Account
from tests.databases import settings_for
from tests.factories import (
    make_approver,
    make_cluster,
    make_coordinator,
    make_facility,
    make_membership,
    make_organisation,
    make_person,
    sign_in,
)
from tests.memory import without_token
from tests.walk.world import Rows, World

HIDDEN = dict.fromkeys(("sees_public", "sees_signed_in", "sees_own_cluster"), "nothing")
OF_PARTNERS = {"sees_public": "nothing"}
OF_OWN_CLUSTER = {"sees_public": "nothing", "sees_signed_in": "nothing"}
#: Facilities beside those of the model: by agreement, at night, a whole whose parts are hidden.
OTHERS = ("yard", "shed", "store", "safe", "shelf")
#: Their zone is an hour behind that of the hall.
COAST = "Europe/Lisbon"
#: Who reads, and the zone of their browser; the account of some names another.
READERS = {
    "nobody": "America/New_York",
    "anna": None,
    "alma": "Europe/Paris",
    "bert": None,
    "carl": "Europe/Paris",
    "hana": None,
    "cora": None,
    "rosa": "Asia/Kolkata",
    "olaf": None,
    "kim": None,
    "ada": None,
}
FEEDS = {
    "anna": FeedKind.OWN,
    "alma": FeedKind.ORGANISATION,
    "hana": FeedKind.DECIDING,
    "cora": FeedKind.CLUSTER,
    "olaf": FeedKind.DECIDING,
}
#: Other rows than these are the same in all that is done.
NEEDED = ("booking_request", "booking", "occurrence")


@dataclass(frozen=True)
class Look:
    """One page that one person opens."""

    reader: str
    address: str


class WarmWorld(World):
    """The clusters on one database; `app` keeps what it draws, `anew` nothing."""

    def __init__(self, database_url: str, name: str) -> None:
        self.anew = create_app(settings_for(database_url, calendar_cache_mb=0))
        self.feeds: dict[str, str] = {}
        self._tokens: dict[str, str] = {}
        self._forget_in_anew()
        super().__init__(database_url, name)
        self._warm = {name: self._client(self.app, name) for name in READERS}
        self._cold = {name: self._client(self.anew, name) for name in READERS}

    def _forget_in_anew(self) -> None:
        with self.anew.app_context():
            engine = db.engine
        before = self.anew.before_request_funcs.setdefault(None, [])
        before.insert(0, lambda: terms_cache._caches.pop(engine, None) and None)

    def _build(self) -> None:
        super()._build()
        coast = make_cluster("coast", country="PT", time_zone=COAST, answer_days=1, city="Porto")
        self.clusters["coast"] = coast.id
        sea = FocusArea(slug="maritime", description="at sea")
        work = {"capabilities": ["Radar trials at sea"], "focus_areas": [sea]}
        yard = make_facility(
            coast, "yard", hours=None, mode="by_agreement", horizon_days=None, kind="field", **work
        )
        shed = make_facility(
            coast,
            "shed",
            places=2,
            hours=("20:00", "02:00"),
            weekdays=range(7),
            step_minutes=45,
            minimum_units=2,
            pending_holds=True,
            place_word="bench",
            **OF_PARTNERS,
        )
        store = make_facility(
            coast,
            "store",
            places=0,
            unit="half_day",
            hours=("08:00", "17:00"),
            horizon_days=30,
            lead_time_days=2,
            allows_shared=False,
            **work,
        )
        parts = {
            "safe": make_facility(coast, "safe", parent=store, hours=None, unit=None, **HIDDEN),
            "shelf": make_facility(
                coast, "shelf", parent=store, hours=None, unit=None, **OF_OWN_CLUSTER
            ),
        }
        made = {"yard": yard, "shed": shed, "store": store} | parts
        self.others = {name: made[name].id for name in OTHERS}
        for slug in ("hall", "lab"):
            facility = db.session.get_one(Facility, self.facilities[slug])
            facility.capabilities, facility.focus_areas = work["capabilities"], [sea]
        db.session.commit()
        people = self._make_people(coast, shed, store)
        for name, person in people.items():
            self._tokens[name] = sign_in(self.app.test_client(), person)
        for name, kind in FEEDS.items():
            slug = "seine" if kind is FeedKind.CLUSTER else None
            account = account_of(people[name].id)
            self.feeds[name] = make_feed(
                account, kind, with_titles=kind is FeedKind.OWN, cluster_slug=slug
            )

    def _make_people(self, coast: Any, shed: Facility, store: Facility) -> dict[str, Person]:
        one, two = (self.organisations[name] for name in ("one", "two"))
        four = make_organisation("four", home_cluster=coast)
        self.organisations["four"] = four.id
        alma = make_person("alma@example.org", time_zone="Europe/Helsinki")
        olaf = make_approver(shed, store, email="olaf@example.org")
        make_membership(alma, db.session.get_one(Organisation, one))
        make_membership(olaf, db.session.get_one(Organisation, two))
        db.session.commit()
        made = {
            "alma": alma,
            "olaf": olaf,
            "rosa": make_person("rosa@example.org", organisation=four),
            "kim": make_coordinator(coast, email="kim@example.org"),
            "ada": make_person("ada@example.org", is_admin=True),
        }
        self.people |= {name: person.id for name, person in made.items()}
        there = {
            name: db.session.get_one(Person, self.people[name])
            for name in READERS
            if name in self.people
        }
        there["anna"].time_zone = "Europe/Helsinki"
        db.session.commit()
        return there

    def _client(self, app: Flask, name: str) -> FlaskClient:
        client = app.test_client()
        if name in self._tokens:
            with client.session_transaction() as session:
                session["_user_id"] = self._tokens[name]
                session["_fresh"] = True
        if (zone := READERS[name]) is not None:
            client.set_cookie("browser_zone", zone)
        return client

    def account(self, name: str) -> Account:
        """Return the current account of somebody, who may be inactive; then it raises NotFound."""
        found = account_of(self.people[name])
        if found is None:
            raise NotFound("account")
        return found

    def warm(self, look: Look) -> str:
        """Return the answer of the application that keeps what it draws."""
        return _answer(self._warm[look.reader], look.address)

    def cold(self, look: Look) -> str:
        """Return the answer drawn anew."""
        return _answer(self._cold[look.reader], look.address)

    def forget(self) -> None:
        """Empty the memory of this database."""
        with self.app.app_context():
            calendar_cache._cache().clear()
            terms_cache._caches.pop(db.engine, None)

    def ends_kept(self) -> set[Any]:
        """Return the instants up to which something is kept."""
        with self.app.app_context():
            cache = calendar_cache._cache()
        return {cache._entries[key].until for key in list(cache._entries)}

    def all_rows(self) -> Rows:
        """Return all rows of the history, also those beside the model."""
        return super().rows()

    def rows(self) -> Rows:
        """Return the rows that steps of the model need, without what is beside it."""
        with self.inside():
            return self.rows_here()

    def rows_here(self) -> Rows:
        """Return the same; call it in a context of `inside`."""
        tables = [table for table in self._history if table.name in NEEDED]
        found = {table.name: self._read(table) for table in tables}
        beside = {
            row["request_id"]
            for row in found["booking"]
            if row["facility_id"] in self.others.values()
        }
        bookings = [row for row in found["booking"] if row["request_id"] not in beside]
        inside = {row["id"] for row in bookings}
        return {
            "booking_request": [r for r in found["booking_request"] if r["id"] not in beside],
            "booking": bookings,
            "occurrence": [row for row in found["occurrence"] if row["booking_id"] in inside],
        }

    def close(self) -> None:
        """Close all connections."""
        super().close()
        with self.anew.app_context():
            db.engine.dispose()


def _answer(client: FlaskClient, address: str) -> str:
    response = client.get(address)
    mark = response.headers.get("ETag", "")
    shown = [response.status, response.content_type, mark]
    if address.startswith("/feeds/") and mark:
        again = client.get(address, headers={"If-None-Match": mark})
        shown += [again.status, again.headers.get("ETag", "")]
    return "\n".join([*shown, without_token(response.get_data(as_text=True))])


def sign_ins_never_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Readers stay signed in however far the clock moves."""
    for limit in ("IDLE_LIMIT", "ABSOLUTE_LIMIT", "SEEN_EVERY"):
        monkeypatch.setattr(f"booking.accounts.sign_ins.{limit}", timedelta(days=9999))
