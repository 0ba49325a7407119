"""Plans: who sees them and who joined, their steps and who is told, and followers."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from booking.accounts.queries import account_of
from booking.audit.models import AuditEntry
from booking.clusters.models import Cluster
from booking.errors import Conflict, Forbidden, Invalid, NotFound
from booking.extensions import db
from booking.facilities.listed import listed_by_slug
from booking.facilities.models import Facility
from booking.manage.status.service import set_status
from booking.news.models import News
from booking.notices.models import Notice
from booking.plans.catalogue_service import put_in_catalogue
from booking.plans.comment_service import TooManyComments, comment
from booking.plans.follow_service import follow, is_followed, tell_followers, unfollow
from booking.plans.queries import followed_by, plan_page, plans_of
from booking.plans.service import (
    PlanFacts,
    TooManySuggestions,
    change,
    join_for_cluster,
    join_for_organisation,
    planned_facilities,
    propose,
    show_as,
    take_step,
)
from booking.rules.plans import MOST_COMMENTS_AN_HOUR, MOST_SUGGESTIONS_A_DAY, PlanStatus
from booking.search.models import SearchCount
from tests.conftest import NOW
from tests.factories import make_cluster, make_coordinator, make_facility, make_partner

FACTS = PlanFacts("EMC chamber", "facility", "For drones.", ("emc-testing",), "", "below_1m", None)
IDEA, AGREED, PLANNED = PlanStatus.IDEA, PlanStatus.AGREED, PlanStatus.PLANNED


class People:
    """Coordinators of two clusters, and people of two firms that compete."""

    def __init__(self) -> None:
        here, there = make_cluster("here"), make_cluster("there")
        self.here = account_of(make_coordinator(here, name="Hera").id)
        self.there = account_of(make_coordinator(there, name="Thera").id)
        self.firm = account_of(make_partner(name="Frida").id)
        self.rival = account_of(make_partner(name="Rita").id)
        self.all = (self.here, self.there, self.firm, self.rival)


@pytest.fixture
def people(app_context):
    return People()


def page(account, key):
    db.session.rollback()
    return plan_page(account.viewer, key, NOW.date())


def told(kind):
    """Who was told of news of a kind, by their ids, the latest first."""
    db.session.rollback()
    query = sa.select(Notice.person_id).join(News).where(News.kind == kind)
    return set(db.session.scalars(query))


def test_a_suggestion_is_known_to_both_sides_until_a_coordinator_takes_it_up(people):
    key = propose(people.firm, "here", FACTS)

    assert [len(plans_of(one.viewer)) for one in people.all] == [1, 0, 1, 0]
    assert told("plan_suggested") == {people.here.person_id}
    assert db.session.scalar(sa.select(News.name)) == ""
    with pytest.raises(NotFound):
        page(people.rival, key)
    with pytest.raises(Forbidden):
        take_step(people.firm, key, IDEA, seen=PlanStatus.SUGGESTED)

    take_step(people.here, key, IDEA, seen=PlanStatus.SUGGESTED)

    assert [len(plans_of(one.viewer)) for one in people.all] == [1, 1, 1, 1]
    assert told("plan_step") == {people.firm.person_id}
    assert page(people.there, key).suggested_for == people.firm.organisation_name
    assert page(people.rival, key).suggested_for == ""


def test_organisations_are_told_how_many_clusters_joined_and_no_names(people):
    key = propose(people.here, "here", FACTS)
    join_for_cluster(people.there, key, "there", joins=True)
    join_for_organisation(people.firm, key, joins=True)
    join_for_organisation(people.rival, key, joins=True)

    seen = page(people.rival, key)
    assert (seen.plan.clusters, seen.clusters, seen.organisations) == (1, None, None)
    names = [people.firm.organisation_name, people.rival.organisation_name]
    assert page(people.there, key).organisations == sorted(names)
    assert page(people.here, key).clusters == ["There"]
    assert told("plan_joined") == {people.here.person_id}

    join_for_organisation(people.rival, key, joins=False)
    join_for_cluster(people.there, key, "there", joins=False)
    assert page(people.here, key).organisations == names[:1]
    assert page(people.here, key).clusters == []
    with pytest.raises(NotFound):
        join_for_cluster(people.firm, key, "here", joins=True)
    with pytest.raises(Forbidden):
        join_for_organisation(people.there, key, joins=True)


def test_comments_of_an_organisation_are_read_by_clusters_and_itself(people):
    key = propose(people.here, "here", FACTS)
    with pytest.raises(Forbidden):
        comment(people.firm, key, "We want it.")
    for one in (people.firm, people.rival):
        join_for_organisation(one, key, joins=True)
    comment(people.firm, key, "We want it.")
    comment(people.firm, key, "We want it.")  # sent twice
    comment(people.there, key, "So do we.")

    def read(account):
        return [(one.author, one.text) for one in page(account, key).comments]

    assert read(people.here) == [("Frida", "We want it."), ("Thera", "So do we.")]
    assert read(people.firm) == [("Frida", "We want it."), ("", "So do we.")]
    assert read(people.rival) == [("", "So do we.")]
    # The rival is told of the second alone.
    query = sa.select(sa.func.count()).select_from(Notice).join(News)
    of_rival = Notice.person_id == people.rival.person_id
    assert db.session.scalar(query.where(of_rival, News.kind == "plan_commented")) == 1


def test_a_plan_goes_step_by_step_and_nobody_overwrites_what_they_have_not_seen(people):
    key = propose(people.here, "here", FACTS)
    join_for_organisation(people.firm, key, joins=True)
    take_step(people.here, key, AGREED, seen=IDEA)
    with pytest.raises(Conflict):
        take_step(people.here, key, AGREED, seen=IDEA)
    with pytest.raises(Conflict):
        take_step(people.here, key, PlanStatus.BUILT, seen=AGREED)
    with pytest.raises(Forbidden):
        change(people.there, key, FACTS, revision="1")
    change(people.here, key, replace(FACTS, title="Chamber"), revision="1")
    with pytest.raises(Conflict):
        change(people.here, key, FACTS, revision="1")
    take_step(people.here, key, PlanStatus.DROPPED, seen=AGREED)
    with pytest.raises(Conflict):
        comment(people.here, key, "Too late?")

    assert told("plan_step") == {people.firm.person_id}
    events = db.session.scalars(sa.select(AuditEntry.event).order_by(AuditEntry.position)).all()
    assert events == [
        "plan_proposed", "plan_status_changed", "plan_changed", "plan_status_changed",
    ]  # fmt: skip


def test_a_planned_facility_is_in_the_catalogue_and_its_followers_are_told_once(people):
    key = propose(people.here, "here", FACTS)
    with pytest.raises(Conflict):
        put_in_catalogue(people.here, key)
    take_step(people.here, key, AGREED, seen=IDEA)
    take_step(people.here, key, PLANNED, seen=AGREED)
    slug = put_in_catalogue(people.here, key)
    with pytest.raises(Conflict):
        put_in_catalogue(people.here, key)
    db.session.rollback()
    assert listed_by_slug()[slug].status == "planned"
    assert page(people.rival, key).facility_slug == slug

    follow(people.rival, slug)
    follow(people.rival, slug)
    assert tell_followers() == 0
    set_status(people.here, slug, "open")
    assert tell_followers() == 1
    assert tell_followers() == 0

    assert told("facility_opens") == {people.rival.person_id}
    assert not is_followed(people.rival.person_id, db.session.scalar(sa.select(Facility.id)))
    assert followed_by(people.rival.person_id)[0].told_at is not None
    db.session.rollback()
    with pytest.raises(Conflict):
        follow(people.firm, slug)
    unfollow(people.rival, slug)
    assert followed_by(people.rival.person_id) == []


def test_only_a_planned_facility_of_the_cluster_stands_for_a_plan(people, app_context):
    cluster = db.session.scalars(sa.select(Cluster).where(Cluster.slug == "here")).one()
    make_facility(cluster, "site", status="planned-in-2027")
    make_facility(cluster, "hall")
    key = propose(people.here, "here", FACTS)

    assert [slug for slug, _ in planned_facilities(cluster.id)] == ["site"]
    db.session.rollback()
    with pytest.raises(Invalid):
        show_as(people.here, key, "hall")
    show_as(people.here, key, "site")
    assert page(people.firm, key).facility_slug == "site"


def test_coordinators_see_the_demand_that_a_plan_answers(people):
    key = propose(people.here, "here", FACTS)
    for day in range(1, 6):
        one = {"day": NOW.date().replace(day=day), "filters": {"what": "emc"}, "results": 0}
        db.session.add(SearchCount(**one, searches=2, digest=str(day)))
    db.session.commit()

    assert [one.searches for one in page(people.there, key).unmet] == [10]
    assert page(people.firm, key).unmet == ()


def test_suggestions_and_comments_are_limited(people):
    for _ in range(MOST_SUGGESTIONS_A_DAY):
        propose(people.firm, "here", FACTS)
    with pytest.raises(TooManySuggestions):
        propose(people.firm, "there", FACTS)
    key = propose(people.here, "here", FACTS)
    for number in range(MOST_COMMENTS_AN_HOUR):
        comment(people.here, key, f"Thought {number}")
    with pytest.raises(TooManyComments):
        comment(people.here, key, "And another")
