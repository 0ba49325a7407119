"""Pages about feeds: a person's own calendar links, and how to subscribe to a public one."""

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from booking.accounts.account_request_queries import cluster_choices
from booking.errors import Invalid
from booking.feeds.blueprint import blueprint
from booking.feeds.busy import cluster_feed, facility_feed
from booking.feeds.forms import FeedForm
from booking.feeds.kinds import FeedKind, right_to
from booking.feeds.presenter import is_reachable, subscribe_links
from booking.feeds.service import feeds_of, make_feed, renew_feed, revoke_feed
from booking.feeds.views import feed_name, feed_url
from booking.web.access import current_viewer, public, signed_in, the_account
from booking.wording.zones import shown_zone


@blueprint.route("/account/feeds", methods=["GET", "POST"])
@signed_in
def index() -> Any:
    """Show the person's calendar links and make new ones; an address is shown only once."""
    account = the_account()
    form = FeedForm()
    form.offer(_choices())
    status = 200
    if form.is_submitted():
        if form.validate():
            kind, _colon, cluster_slug = form.kind.data.partition(":")
            try:
                token = make_feed(
                    account,
                    FeedKind(kind),
                    with_titles=form.with_titles.data,
                    cluster_slug=cluster_slug or None,
                )
            except Invalid:
                form.kind.errors = [
                    _("You already have 20 calendar links. Delete one that you do not use.")
                ]
            else:
                return _show_once(token)
        status = 422
    page = render_template(
        "feeds/index.html",
        form=form,
        feeds=feeds_of(account),
        zone=shown_zone(),
        feed_name=feed_name,
    )
    return page, status


@blueprint.post("/account/feeds/<string:key>/renew")
@signed_in
def renew(key: str) -> str:
    """Give a link a new address and show it once; the old one stops working."""
    return _show_once(renew_feed(the_account(), key))


@blueprint.post("/account/feeds/<string:key>/end")
@signed_in
def end(key: str) -> Response:
    """End a link."""
    revoke_feed(the_account(), key)
    flash(_("Calendar link deleted. Calendar programs that use it will stop updating."))
    return redirect(url_for("feeds.index"))


@blueprint.get("/facilities/<string:slug>/subscribe")
@public
def follow_facility(slug: str) -> str:
    """Say how to follow the busy times of a facility in a calendar program."""
    calendar = facility_feed(slug, current_viewer())
    return render_template(
        "feeds/follow.html",
        name=calendar.name,
        back=url_for("browse.facility", slug=slug),
        **_how_to_subscribe(feed_url(url_for("feeds.facility", slug=slug)), calendar.name),
    )


@blueprint.get("/clusters/<string:slug>/subscribe")
@public
def follow_cluster(slug: str) -> str:
    """Say how to follow the busy times of a cluster's facilities in a calendar program."""
    calendar = cluster_feed(slug, current_viewer())
    return render_template(
        "feeds/follow.html",
        name=calendar.name,
        back=url_for("browse.cluster", slug=slug),
        **_how_to_subscribe(feed_url(url_for("feeds.cluster", slug=slug)), calendar.name),
    )


def _how_to_subscribe(address: str, name: str) -> dict[str, Any]:
    return {"links": subscribe_links(address, name), "reachable": is_reachable(address)}


def _choices() -> list[tuple[str, str]]:
    account = the_account()
    viewer = account.viewer
    choices = [
        (kind.value, feed_name(kind))
        for kind in (FeedKind.OWN, FeedKind.ORGANISATION, FeedKind.DECIDING)
        if right_to(kind, viewer, viewer.organisation_id, None)
    ]
    return choices + [
        (f"{FeedKind.CLUSTER}:{cluster.value}", _("All bookings of: %(name)s", name=cluster.name))
        for cluster in cluster_choices(viewer.coordinates)
    ]


def _show_once(token: str) -> str:
    address = feed_url(url_for("feeds.secret", token=token))
    return render_template("feeds/made.html", **_how_to_subscribe(address, _("My bookings")))
