"""What the tests of pages share."""

import pytest
from flask import Flask

from tests.lanes import PAGES_ON_BOTH_ENGINES


@pytest.fixture(
    scope="session", params=["sqlite", "postgresql"] if PAGES_ON_BOTH_ENGINES else ["sqlite"]
)
def engine_name(request: pytest.FixtureRequest) -> str:
    """The engines on which pages are tested; see `tests.lanes.PAGES_ON_BOTH_ENGINES`.

    What asks every page something says that it runs on PostgreSQL always.
    """
    return request.param


@pytest.fixture
def warm(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is kept in memory stays there between requests."""
    from tests.databases import forget

    before = app.before_request_funcs
    kept = [function for function in before[None] if function is not forget]
    monkeypatch.setitem(before, None, kept)
