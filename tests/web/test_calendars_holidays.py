"""Calendars name the public holiday on which a facility is not open."""

import pytest

from tests.factories import make_cluster, make_coordinator, make_facility
from tests.pages import get_page

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"])


@pytest.fixture
def hall(app_context):
    cluster = make_cluster("censec", short_name="CenSec", country="DK", region=None)
    make_coordinator(cluster)
    return make_facility(cluster, "hall")


@pytest.mark.parametrize("view", ["day", "week", "month", "list"])
def test_a_holiday_is_named_in_each_view_of_a_facility(client, hall, view):
    part = get_page(client, f"/facilities/hall?view={view}&on=2026-12-25")

    text = part.one("section", id="calendar").text
    assert "Christmas Day" in text
    assert "not open" in text


@pytest.mark.parametrize("args", ["view=day", "view=week", "view=month", "view=week&as=list"])
def test_a_holiday_is_named_in_each_view_across_facilities(client, hall, args):
    page = get_page(client, f"/calendar?{args}&on=2026-12-25&zone=Europe/Helsinki")

    assert "not open: Christmas Day" in page.text or "not open · Christmas Day" in page.text
