"""Pictures and documents of facilities: which one stands for it, and what is swept."""

import os
from datetime import timedelta
from threading import Event, Thread, current_thread

import pytest
import sqlalchemy as sa

from booking.accounts.queries import account_of
from booking.clusters.models import Cluster
from booking.data_check.queries import find_faults
from booking.db.transactions import writing
from booking.extensions import db
from booking.facilities.change_models import OwnerChange
from booking.files import storage
from booking.files.models import FacilityFile, StoredFile
from booking.files.queries import covers, pictures_of
from booking.files.sweep_service import sweep
from booking.manage.files.service import (
    SentFile,
    add_file,
    describe_file,
    move_file,
    remove_file,
)
from booking.manage.new_facilities.service import begin_facility, discard_new
from booking.manage.queries import DraftKey
from booking.manage.version import ChangedMeanwhile
from booking.rules.data_faults import FaultCode
from booking.rules.new_facilities import Setup
from booking.rules.uploads import FileKind
from tests.conftest import NOW
from tests.factories import make_approver, make_cluster, make_coordinator, make_facility
from tests.uploads import PDF, picture

pytestmark = pytest.mark.usefixtures("files_here")

PICTURE = FileKind.PICTURE


def sent(data, name="a.jpg"):
    return SentFile(data, len(data), name)


@pytest.fixture
def owner(app_context):
    hall = make_facility(make_cluster(), "hall")
    return account_of(make_approver(hall).id)


def add(owner, data, words="A hall", kind=PICTURE):
    add_file(owner, "hall", kind, sent(data), {"words": words})


def test_the_first_picture_stands_for_the_facility_and_a_change_is_seen_at_once(owner):
    add(owner, picture(), "First")
    add(owner, picture((500, 500)), "Second")
    hall_id = db.session.scalar(sa.select(FacilityFile.facility_id))
    first, second = pictures_of(hall_id)
    assert covers()[hall_id] == first
    db.session.rollback()

    move_file(owner, "hall", PICTURE, second.id, earlier=True)
    assert [one.alt for one in pictures_of(hall_id)] == ["Second", "First"]
    assert covers()[hall_id].alt == "Second"
    db.session.rollback()

    remove_file(owner, "hall", PICTURE, second.id)
    remove_file(owner, "hall", PICTURE, first.id)
    assert covers() == {}


@pytest.mark.parametrize(
    ("sent_as", "large", "small"),
    [((1600, 1200), (1600, 1200), (640, 480)), ((400, 300), (400, 300), (400, 300))],
)
def test_lists_show_the_small_size_of_a_picture(owner, sent_as, large, small):
    add(owner, picture(sent_as))

    (cover,) = covers().values()

    assert (cover.large.width, cover.large.height) == large
    assert (cover.small.width, cover.small.height) == small
    assert (cover.large.sha256 == cover.small.sha256) is (large == small)


def test_bytes_that_nothing_shows_are_swept_after_a_day_and_no_others(owner, at):
    add(owner, picture())
    add(owner, PDF, kind=FileKind.DOCUMENT)
    shared = db.session.scalars(sa.select(StoredFile).order_by(StoredFile.id)).all()
    paths = [storage.path_of(one.sha256) for one in shared]
    lost = storage.path_of(storage.keep(b"nobody named it"))
    number = db.session.scalar(sa.select(FacilityFile.id).where(FacilityFile.kind == PICTURE))
    db.session.rollback()
    remove_file(owner, "hall", PICTURE, number)
    yesterday = (NOW - timedelta(hours=25)).timestamp()
    for path in (*paths, lost):
        os.utime(path, (yesterday, yesterday))
    young = storage.path_of(storage.keep(b"its row comes in a moment"))
    os.utime(young, (NOW.timestamp(), NOW.timestamp()))

    assert sweep() == len({*paths[:2], lost})

    assert [path.exists() for path in paths] == [False, False, True]
    assert not lost.exists()
    assert young.exists()


def test_a_move_at_the_edge_changes_nothing(owner):
    add(owner, picture(), "First")
    add(owner, picture((500, 500)), "Second")
    first, second = pictures_of(db.session.scalar(sa.select(FacilityFile.facility_id)))
    changes = sa.select(sa.func.count()).select_from(OwnerChange)
    before = db.session.scalar(changes)
    db.session.rollback()

    move_file(owner, "hall", PICTURE, first.id, earlier=True, version=str(before))
    move_file(owner, "hall", PICTURE, second.id, earlier=False, version=str(before))
    describe_file(owner, "hall", PICTURE, first.id, {"words": "First"}, version=str(before))

    assert db.session.scalar(changes) == before, "nobody else's form is out of date"
    db.session.rollback()
    with pytest.raises(ChangedMeanwhile):
        move_file(owner, "hall", PICTURE, first.id, earlier=True, version="0")


def test_files_of_a_draft_are_swept_once_it_is_deleted(owner):
    cluster = db.session.scalars(sa.select(Cluster)).one()
    coordinator = account_of(make_coordinator(cluster).id)
    db.session.rollback()
    begin_facility(
        coordinator, cluster.slug, "annex", {"name": "Annex", "kind": "lab"}, Setup("", 1, "open")
    )
    for kind, data in ((PICTURE, picture()), (FileKind.DOCUMENT, PDF)):
        add_file(coordinator, DraftKey("annex"), kind, sent(data), {"words": "A hall"})
    shas = db.session.scalars(sa.select(StoredFile.sha256)).all()
    paths = [storage.path_of(one) for one in shas]
    db.session.rollback()
    long_ago = (NOW - timedelta(days=9)).timestamp()
    for path in paths:
        os.utime(path, (long_ago, long_ago))
    with writing():
        db.session.execute(sa.update(StoredFile).values(put_at=NOW - timedelta(days=9)))

    assert sweep() == 0
    discard_new(coordinator, "annex", revision="3")

    assert sweep() == len(set(paths))
    assert db.session.scalars(sa.select(StoredFile.sha256)).all() == []


def test_two_sweepers_and_an_upload_at_once_lose_no_bytes(owner, monkeypatch):
    """One has found old bytes as the other takes what was stored anew in that moment."""
    path = storage.path_of(storage.keep(PDF))
    long_ago = (NOW - timedelta(days=9)).timestamp()
    os.utime(path, (long_ago, long_ago))
    judged, taken, ended = Event(), Event(), Event()
    look = storage._changed_at

    def one_after_the_other(going):
        found = look(going)
        if current_thread() is first:
            judged.set()
            taken.wait(5)
        else:
            taken.set()
            ended.wait(5)
        return found

    monkeypatch.setattr(storage, "_changed_at", one_after_the_other)
    first = Thread(target=storage.remove, args=(path, NOW))
    second = Thread(target=storage.remove, args=(path, NOW))
    first.start()
    judged.wait(5)
    storage.keep(PDF)
    second.start()
    first.join()
    ended.set()
    second.join()

    assert path.read_bytes() == PDF


def test_bytes_that_a_sweeper_left_halfway_are_brought_back(owner):
    add(owner, PDF, kind=FileKind.DOCUMENT)
    path = storage.path_of(db.session.scalars(sa.select(StoredFile.sha256)).one())
    db.session.rollback()
    path.replace(path.with_name(f"{path.name}.0a.going"))
    lost = storage.path_of(storage.keep(b"nobody named it"))
    long_ago = (NOW - timedelta(days=9)).timestamp()
    os.utime(lost, (long_ago, long_ago))
    lost.replace(lost.with_name(f"{lost.name}.0b.going"))

    assert sweep() == 1

    assert path.read_bytes() == PDF
    assert [one.name for one in storage.folder().glob("??/*")] == [path.name]


def test_a_file_whose_bytes_are_missing_is_a_fault(owner):
    add(owner, PDF, kind=FileKind.DOCUMENT)
    stored = db.session.scalars(sa.select(StoredFile)).one()
    assert list(find_faults()) == []

    storage.path_of(stored.sha256).write_bytes(PDF[:-1])

    assert [one.code for one in find_faults()] == [FaultCode.MISSING_FILE]
