"""What the tests of pages share."""

import pytest


@pytest.fixture(scope="session", params=["sqlite"])
def engine_name(request: pytest.FixtureRequest) -> str:
    """Pages are tested on SQLite: they read and write through services, tested on both engines.

    What asks every page something says that it runs on PostgreSQL too.
    """
    return request.param
