"""Calendars in iCalendar form: secret feeds, busy calendars, one request as a file."""

from datetime import datetime

from flask import Response, current_app, request, url_for
from flask_babel import gettext as _

from booking.accounts.views import client_source
from booking.db import clock
from booking.errors import NotFound
from booking.feeds.blueprint import blueprint
from booking.feeds.busy import BusyFeed, busy_calendar, cluster_feed, facility_feed
from booking.feeds.events import REFERENCE, Site, busy_text, events_of, host_of, site_at
from booking.feeds.ical import render
from booking.feeds.kinds import FeedKind
from booking.feeds.reading import FeedReader, OpenFeed, dates_of_request, open_feed
from booking.feeds.service import count_wrong_token, note_reading
from booking.rules.limits import LimitName
from booking.rules.references import parse_reference
from booking.web.access import current_viewer, public, signed_in, the_account, token_holder
from booking.web.rates import count_by_network, count_for
from booking.wording.languages import SOURCE, spoken
from booking.wording.translator import in_language, language


@blueprint.get("/feeds/<string:token>.ics")
@token_holder
def secret(token: str) -> Response:
    """Serve the secret feed of this address; 404 once its person may no longer have it.

    Wrong addresses are counted for the network: in memory first, so that many do not write much.
    """
    now = clock.now()
    try:
        feed = open_feed(token)
    except NotFound:
        count_by_network(LimitName.FEED_TOKEN)
        count_wrong_token(client_source(""))
        raise
    count_for(LimitName.FEED, f"feed {feed.id}")
    # A program reads it, whatever language it asks for: the person chooses.
    with in_language(spoken(feed.account.language)):
        answer = _secret(feed, now)
    note_reading(feed.id, feed.fetched_at, request.user_agent.string)
    return answer


def _secret(feed: OpenFeed, now: datetime) -> Response:
    reader = FeedReader(feed, now, secret_key())
    if request.if_none_match and request.if_none_match.contains(mark := _marked(reader.mark())):
        return _calendar(None, mark)
    dates = reader.dates()
    decides = feed.kind in (FeedKind.DECIDING, FeedKind.CLUSTER)
    events = events_of(dates, _site("decisions.show" if decides else "requests.show"))
    return _calendar(render(feed_name(feed.kind), events), _marked(reader.mark_of(dates)))


@blueprint.get("/facilities/<string:slug>.ics")
@public
def facility(slug: str) -> Response:
    """Serve when a facility has no place left, from today on."""
    count_by_network(LimitName.FEED)
    return _busy(facility_feed(slug, current_viewer()))


@blueprint.get("/clusters/<string:slug>.ics")
@public
def cluster(slug: str) -> Response:
    """Serve when the facilities of a cluster have no place left, from today on."""
    count_by_network(LimitName.FEED)
    return _busy(cluster_feed(slug, current_viewer()))


@blueprint.get("/requests/<string:reference>.ics", endpoint="request")
@signed_in
def request_file(reference: str) -> Response:
    """Serve one request of the person's organisation as a calendar file."""
    stored = parse_reference(reference)
    if stored is None:
        raise NotFound("request")
    dates = dates_of_request(the_account(), stored)
    response = _calendar(render(stored, events_of(dates, _site("requests.show"))), None)
    response.headers["Content-Disposition"] = f"attachment; filename={stored}.ics"
    return response


def feed_name(kind: FeedKind) -> str:
    """Return what a feed of this kind is called in a calendar program."""
    return {
        FeedKind.OWN: _("My requests"),
        FeedKind.ORGANISATION: _("Requests of my organisation"),
        FeedKind.DECIDING: _("Bookings I decide on"),
        FeedKind.CLUSTER: _("Bookings of my cluster"),
    }[kind]


def feed_url(path: str) -> str:
    """Return the full address of a path on this site, from the configured base."""
    base: str = current_app.extensions["settings"].base_url
    return base + path


def _site(endpoint: str) -> Site:
    """Return what events are written for; they lead to this page of a request."""
    return site_at(feed_url(""), url_for(endpoint, reference=REFERENCE), _language())


def _language() -> str:
    return str(language())


def _marked(mark: str) -> str:
    """Return the ETag of a text whose dates have this mark, in the language in which it is."""
    return mark if _language() == SOURCE else f"{mark}-{_language()}"


def _busy(feed: BusyFeed) -> Response:
    calendar = busy_calendar(feed, current_viewer(), clock.now())
    mark = _marked(calendar.mark)
    if request.if_none_match.contains(mark):
        return _calendar(None, mark)
    name = _("%(name)s: busy times", name=feed.name)
    return _calendar(busy_text(name, calendar, host_of(feed_url("")), _language()), mark)


def _calendar(body: bytes | None, mark: str | None) -> Response:
    """Return the calendar, or 304 where `body` is None; never shared, always revalidated."""
    response = Response(body or b"", status=304 if body is None else 200)
    response.content_type = "text/calendar; charset=utf-8"
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["X-Robots-Tag"] = "noindex"
    if mark:
        response.set_etag(mark)
    return response


def secret_key() -> str:
    """Return the key that signs the marks of feeds."""
    return str(current_app.config["SECRET_KEY"])
