"""Uploads at the same instant, and while the sweeper runs: the limit holds, no bytes are lost.

The same races without the lock of the tree, and with a sweeper that does not look again, show that
they would see it.
"""

import os
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from booking.accounts.queries import account_of
from booking.data_check.queries import find_faults
from booking.db import clock
from booking.errors import Conflict, Invalid
from booking.extensions import db
from booking.facilities.change_models import FacilityDraft
from booking.files import storage
from booking.files.models import DraftFile, FacilityFile
from booking.files.sweep_service import sweep
from booking.manage.files import service
from booking.manage.files.service import SentFile, add_file
from booking.manage.new_facilities.service import begin_facility
from booking.manage.queries import DraftKey
from booking.rules.new_facilities import Setup
from booking.rules.uploads import MOST_DOCUMENTS, FileKind
from tests.factories import make_cluster, make_coordinator, make_document, make_facility
from tests.lanes import IS_LONG
from tests.racers import Race, errors, outcomes
from tests.uploads import PDF

ROUNDS = 40 if IS_LONG else 4
PATIENCE = 10


def document(number: int) -> bytes:
    """A document of its own for each round."""
    return PDF.replace(b"/Size 2", b"/Size %d" % (number + 2))


def upload(number: int, facts: dict[str, Any], of: Any) -> None:
    storage.prepare(db.engine, Path(facts["folder"]))
    data = document(number)
    sent = SentFile(data, len(data), "rules.pdf")
    try:
        add_file(account_of(facts["owner"]), of, FileKind.DOCUMENT, sent, {"words": "Rules"})
    except Invalid as full:
        raise Conflict(full.code) from full


def last_place(index: int, number: int, facts: dict[str, Any]) -> None:
    """Two put the same bytes where one document fits: into a facility, or a draft."""
    upload(number, facts, DraftKey(f"draft-{number}") if number % 2 else f"hall-{number}")


def last_place_counted_by_both(index: int, number: int, facts: dict[str, Any]) -> None:
    """The same, and each goes on only once the other has counted, too: no lock prevents that."""
    rows = service._Files.rows
    mine, others = (Path(facts["marks"]) / f"{number}-{one}" for one in (index, 1 - index))

    def count(files: Any) -> Any:
        found = rows(files)
        mine.touch()
        wait_for(others)
        return found

    service._Files.rows = count
    try:
        upload(number, facts, f"hall-{number}")
    finally:
        service._Files.rows = rows


def meanwhile(index: int, number: int, facts: dict[str, Any]) -> None:
    """One sweeps; between its judging that bytes are unused and removing them the other comes."""
    storage.prepare(db.engine, Path(facts["folder"]))
    judged, uploaded = (Path(facts["marks"]) / f"{name}-{number}" for name in ("judged", "there"))
    if index:
        wait_for(judged)
        upload(number, facts, f"hall-{number}")
        uploaded.touch()
        return
    unused = storage.unused

    def late(named: frozenset[str], now: datetime) -> Iterator[Path]:
        its = sha256(document(number)).hexdigest()
        found = [one for one in unused(named, now) if one.name == its]
        judged.touch()
        wait_for(uploaded)
        yield from found

    storage.unused = late
    try:
        sweep()
    finally:
        storage.unused = unused


def meanwhile_without_looking_again(index: int, number: int, facts: dict[str, Any]) -> None:
    storage.remove = lambda path, _now: path.unlink(missing_ok=True) or True
    meanwhile(index, number, facts)


def wait_for(mark: Path) -> None:
    until = time.monotonic() + PATIENCE
    while not mark.exists():
        assert time.monotonic() < until, f"no {mark.name}"
        time.sleep(0.005)


@pytest.fixture
def ground(app_context: None, files_here: Path, tmp_path: Path) -> dict[str, Any]:
    clock.set_source(None)  # real processes live in real time
    cluster = make_cluster("here")
    owner = make_coordinator(cluster)
    halls = [make_facility(cluster, f"hall-{number}") for number in range(ROUNDS)]
    lacking = make_document(halls[0])  # only their number matters here
    there = {"kind": "document", "file_id": lacking.file_id, "words": "Rules"}
    db.session.add_all(
        FacilityFile(facility_id=hall.id, position=n, **there)
        for hall in halls
        for n in range(MOST_DOCUMENTS - (2 if hall is halls[0] else 1))
    )
    db.session.commit()
    account = account_of(owner.id)
    db.session.rollback()
    for number in range(1, ROUNDS, 2):
        facts = {"name": "Annex", "kind": "lab"}
        begin_facility(account, "here", f"draft-{number}", facts, Setup("", 1, "open"))
    db.session.add_all(
        DraftFile(draft_id=draft, position=n, **there)
        for draft in db.session.scalars(sa.select(FacilityDraft.id))
        for n in range(MOST_DOCUMENTS - 1)
    )
    db.session.commit()
    marks = tmp_path / "marks"
    marks.mkdir()
    return {"owner": owner.id, "folder": str(files_here), "marks": str(marks)}


def most_files() -> int:
    db.session.rollback()
    counts = [
        db.session.scalars(sa.select(sa.func.count(model.id)).group_by(owner)).all()
        for model, owner in (
            (FacilityFile, FacilityFile.facility_id),
            (DraftFile, DraftFile.draft_id),
        )
    ]
    return max(n for found in counts for n in found)


def missing() -> list[Any]:
    db.session.rollback()
    return [one for one in find_faults() if one.code == "missing_file"]


def leave_old_bytes() -> None:
    """Leave bytes of each round in the folder that no row names, long enough to be swept."""
    long_ago = (datetime.now(UTC) - timedelta(days=9)).timestamp()
    for number in range(ROUNDS):
        os.utime(storage.path_of(storage.keep(document(number))), (long_ago, long_ago))


def test_two_uploads_at_once_do_not_pass_the_limit(
    ground: dict[str, Any], database_url: str
) -> None:
    rounds = outcomes(Race(database_url, ROUNDS, last_place, ground, racers=2))

    assert rounds == [Counter({"won": 1, "409 too_many": 1})] * ROUNDS
    assert most_files() == MOST_DOCUMENTS
    assert len(missing()) == 1, "that of the scene"


def test_without_the_lock_two_uploads_pass_the_limit(
    ground: dict[str, Any], database_url: str
) -> None:
    race = Race(database_url, ROUNDS, last_place_counted_by_both, ground, guarded=False, racers=2)

    rounds = outcomes(race)

    # Now and then the second one does not continue the log, which no lock guards here either.
    assert Counter({"won": 2}) in rounds
    assert most_files() == MOST_DOCUMENTS + 1


@pytest.mark.parametrize("engine_name", ["sqlite"])  # the folder is the same on both
@pytest.mark.parametrize("looks_again", [True, False])
def test_bytes_that_are_uploaded_while_the_sweeper_runs_stay(
    ground: dict[str, Any], database_url: str, looks_again: bool
) -> None:
    leave_old_bytes()
    run = meanwhile if looks_again else meanwhile_without_looking_again

    rounds = outcomes(Race(database_url, ROUNDS, run, ground, racers=2, alone=not looks_again))

    assert errors(rounds) == []
    assert len(missing()) - 1 == (0 if looks_again else ROUNDS)
