"""What the tests of pages share."""

import pytest

from tests.lanes import PAGES_ON_BOTH_ENGINES


@pytest.fixture(
    scope="session", params=["sqlite", "postgresql"] if PAGES_ON_BOTH_ENGINES else ["sqlite"]
)
def engine_name(request: pytest.FixtureRequest) -> str:
    """The engines on which pages are tested; see `tests.lanes.PAGES_ON_BOTH_ENGINES`.

    What asks every page something says that it runs on PostgreSQL always.
    """
    return request.param
