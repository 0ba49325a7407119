"""Favourites and saved searches: what is kept, for whom, and who is told of new facilities."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from booking.accounts.queries import account_of
from booking.db.times import CENTRAL_EUROPEAN
from booking.errors import Conflict, NotFound
from booking.extensions import db
from booking.favourites import service as favourites
from booking.favourites.queries import favourite_ids
from booking.notices import new_facilities
from booking.notices.models import CatalogueEvent, Notice
from booking.notices.queries import updates
from booking.notices.sentences import sentence
from booking.rules.saved_searches import compared
from booking.saved import service
from booking.saved.finding import found_by
from booking.saved.models import SavedSearch
from booking.saved.queries import searches_of
from tests.factories import make_cluster, make_facility, make_partner


@pytest.fixture
def cluster(app_context):
    return make_cluster("censec", short_name="CenSec")


def an_account():
    person = make_partner()
    db.session.commit()
    return account_of(person.id)


def tell_of_new_facilities():
    """Do what the worker does; returns how many people were told."""
    return new_facilities.tell_of_new_facilities(found_by)


def save(account, name, query):
    """Save a search whose person is told of new facilities, as its page does."""
    found = found_by(account.person_id, query, "")
    return service.save_search(account, name, query, tells=True, found=found)


def told(account):
    """What the person's updates say."""
    return [sentence(one, CENTRAL_EUROPEAN) for one in updates(account.viewer).notices]


def test_a_favourite_is_kept_once_and_for_its_person_only(cluster):
    hall = make_facility(cluster, "hall")
    one, other = an_account(), an_account()
    favourites.add_favourite(one, "hall")
    favourites.add_favourite(one, "hall")
    assert favourite_ids(one.person_id) == {hall.id}
    assert favourite_ids(other.person_id) == set()
    favourites.remove_favourite(other, "hall")
    favourites.remove_favourite(one, "hall")
    favourites.remove_favourite(one, "hall")
    assert favourite_ids(one.person_id) == set()
    with pytest.raises(NotFound):
        favourites.add_favourite(one, "nothing-such")


def test_nobody_keeps_more_favourites_or_searches_than_the_limit(cluster, monkeypatch):
    make_facility(cluster, "hall")
    make_facility(cluster, "bench")
    account = an_account()
    monkeypatch.setattr(favourites, "MOST_FAVOURITES", 1)
    favourites.add_favourite(account, "hall")
    with pytest.raises(favourites.TooManyFavourites):
        favourites.add_favourite(account, "bench")
    monkeypatch.setattr(service, "MOST_SAVED", 1)
    service.save_search(account, "Drones", "what=drone", tells=False)
    with pytest.raises(Conflict):
        service.save_search(account, "The same", "what=drone", tells=True)
    with pytest.raises(service.TooManySearches):
        service.save_search(account, "Fire", "what=fire", tells=False)


def test_a_saved_search_is_changed_and_deleted_by_its_person_only(cluster):
    one, other = an_account(), an_account()
    key = service.save_search(one, "Drones", "what=drone", tells=False)
    with pytest.raises(NotFound):
        service.delete_search(other, key)
    with pytest.raises(NotFound):
        service.change_search(other, key, tells=True)
    service.change_search(one, key, tells=True)
    assert [search.tells for search in searches_of(one.person_id)] == [True]
    service.delete_search(one, key)
    assert searches_of(one.person_id) == []


def test_each_new_facility_is_told_once_to_those_whose_search_finds_it(cluster):
    hall = make_facility(cluster, "hall", capabilities=["drone flights"])
    one, other = an_account(), an_account()
    save(one, "Drones", "what=drone&first=2026-01-01")
    service.save_search(other, "Quiet", "what=drone", tells=False)
    assert tell_of_new_facilities() == 0  # what was there is not new
    make_facility(cluster, "kitchen", capabilities=["cooking"])
    db.session.commit()
    assert tell_of_new_facilities() == 0
    make_facility(cluster, "net", name="Drone net")
    db.session.commit()
    assert (tell_of_new_facilities(), tell_of_new_facilities()) == (1, 0)
    hall.capabilities = []
    db.session.commit()
    tell_of_new_facilities()
    hall.capabilities = ["drone flights"]
    db.session.commit()
    assert tell_of_new_facilities() == 0  # it was known before
    assert told(one) == ["1 new facility for your saved search “Drones”: Drone net."]
    assert told(other) == []


def test_who_has_deleted_a_search_reads_no_name_of_it_in_old_updates(cluster):
    account = an_account()
    key = save(account, "Secret plan", "kind=lab")
    make_facility(cluster, "hall")
    db.session.commit()
    tell_of_new_facilities()
    service.delete_search(account, key)
    assert told(account) == ["New facilities matched a search that you have deleted."]
    assert db.session.scalar(sa.select(sa.func.count()).select_from(CatalogueEvent)) == 1


def test_two_workers_tell_of_a_new_facility_once(cluster, app):
    account = an_account()
    save(account, "Labs", "kind=lab")
    make_facility(cluster, "hall")
    db.session.commit()

    def work(_number):
        with app.app_context():
            return tell_of_new_facilities()

    db.session.rollback()
    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(work, range(2))) == [0, 1]
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Notice)) == 1
    assert db.session.scalars(sa.select(SavedSearch)).one().known_ids


def test_what_was_found_once_is_never_new_again():
    assert compared([1], [1, 2]) == ({2}, {1, 2})
    assert compared([1, 2], [2]) == (set(), {1, 2})
