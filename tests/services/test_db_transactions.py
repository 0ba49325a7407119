"""Writing transactions: one at a time in a session."""

import pytest
import sqlalchemy as sa

from booking.db.transactions import writing
from booking.extensions import db
from booking.facilities.models import FocusArea


def focus_areas():
    return db.session.scalars(sa.select(FocusArea.slug)).all()


@pytest.mark.usefixtures("app_context")
def test_a_write_inside_another_raises_and_nothing_of_the_outer_one_is_saved():
    def outer():
        with writing():
            db.session.add(FocusArea(slug="lost", description="lost"))
            with writing():
                pass

    with pytest.raises(RuntimeError, match="inside another"):
        outer()

    assert focus_areas() == []
    with writing():
        db.session.add(FocusArea(slug="kept", description="kept"))
    assert focus_areas() == ["kept"]


@pytest.mark.usefixtures("app_context")
def test_a_write_may_follow_one_that_failed():
    def failing():
        with writing():
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        failing()

    with writing():
        db.session.add(FocusArea(slug="kept", description="kept"))
    assert focus_areas() == ["kept"]
