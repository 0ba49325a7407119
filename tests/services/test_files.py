"""Pictures and documents of facilities: which one stands for it, and what is swept."""

import os
from datetime import timedelta

import pytest
import sqlalchemy as sa

from booking.accounts.queries import account_of
from booking.data_check.queries import find_faults
from booking.extensions import db
from booking.files import storage
from booking.files.models import FacilityFile, StoredFile
from booking.files.queries import covers, pictures_of
from booking.files.sweep_service import sweep
from booking.manage.files.service import SentFile, add_file, move_file, remove_file
from booking.rules.data_faults import FaultCode
from booking.rules.uploads import FileKind
from tests.conftest import NOW
from tests.factories import make_approver, make_cluster, make_facility
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


def test_a_file_whose_bytes_are_missing_is_a_fault(owner):
    add(owner, PDF, kind=FileKind.DOCUMENT)
    stored = db.session.scalars(sa.select(StoredFile)).one()
    assert list(find_faults()) == []

    storage.path_of(stored.sha256).write_bytes(PDF[:-1])

    assert [one.code for one in find_faults()] == [FaultCode.MISSING_FILE]
