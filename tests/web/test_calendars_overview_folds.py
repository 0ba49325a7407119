"""Collapsing groups in the calendar across facilities, and what a collapsed group shows."""

import pytest

from booking.calendars.overview import groups as fold_views
from booking.rules.lifecycle import State
from tests.factories import (
    make_cluster,
    make_coordinator,
    make_facility,
    make_partner,
    make_request,
    sign_in,
    slot_on,
)
from tests.pages import get_page
from tests.web.test_calendars_overview import COPENHAGEN, DAY

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"])


@pytest.fixture
def censec(app_context):
    cluster = make_cluster("censec", short_name="CenSec")
    make_coordinator(cluster)
    hall = make_facility(cluster, "hall")
    make_facility(cluster, "bench", parent=hall)
    make_facility(cluster, "arena", lead_time_days=300)
    return cluster


@pytest.fixture
def kit(app_context):
    cluster = make_cluster("kit", short_name="KIT")
    make_coordinator(cluster)
    lab = make_facility(cluster, "lab")
    booked = slot_on(DAY, "08:00", "18:00", COPENHAGEN)
    make_request(make_partner(), lab, [booked], state=State.CONFIRMED)
    return cluster


def names(page):
    return [row.one("th").text for row in page.all("tr", class_="timeline-row")]


def folds(page, form="table"):
    inside = page.one("table") if form == "table" else page.one("div", class_="timeline-list")
    return {link.text or link.get("aria-label"): link for link in inside.all("a", class_="fold")}


def calendar(client, query=""):
    return get_page(client, f"/calendar?on=2027-01-12&zone=Europe/Copenhagen{query}")


def test_few_rows_are_all_expanded_and_each_branch_collapses(client, censec, kit):
    page = calendar(client)

    assert names(page) == ["Arena", "Hall", "Bench", "Lab"]
    assert {name: link.get("aria-expanded") for name, link in folds(page).items()} == {
        "CenSec, Karup": "true",
        "Parts of Hall": "true",
        "KIT, Karup": "true",
    }
    folded = get_page(client, folds(page)["Parts of Hall"].get("href"))
    assert names(folded) == ["Arena", "Hall 1 part, 1 with free time", "Lab"]
    back = get_page(client, folds(folded)["Parts of Hall"].get("href"))
    assert names(back) == names(page)


@pytest.mark.parametrize("view", ["day", "week", "month"])
def test_a_collapsed_cluster_is_one_row_with_the_number_of_free_facilities(
    client, censec, kit, view
):
    page = get_page(client, folds(calendar(client, f"&view={view}"))["CenSec, Karup"].get("href"))

    assert names(page) == ["Lab"]
    (row,) = page.all("tr", class_="is-folded")
    label = row.all("li", class_="bar-partly")[0].one("span", class_="bar-label").text
    assert label.startswith("2 of 3 facilities have free time, ")
    assert label.endswith(": show")
    unfolded = get_page(client, row.all("li", class_="bar-partly")[0].one("a").get("href"))
    assert names(unfolded) == ["Arena", "Hall", "Bench", "Lab"]


def test_the_sentence_of_a_collapsed_cluster_says_the_same(client, censec, kit):
    group = calendar(client, "&open=none&as=list").all("div", class_="timeline-list-group")

    assert [one.one("li").text for one in group] == [
        "2 of 3 facilities have free time",
        "0 of 1 facility has free time",
    ]


def test_all_links_keep_what_is_collapsed(client, censec, kit):
    page = calendar(client, "&open=kit&view=week")

    assert names(page) == ["Lab"]
    (week,) = [link for link in page.all("a") if link.text == "Month"]
    assert names(get_page(client, week.get("href"))) == ["Lab"]
    (unfold,) = [link for link in page.all("a") if link.text == "Expand all"]
    assert len(names(get_page(client, unfold.get("href")))) == 4
    (fold,) = [link for link in page.all("a") if link.text == "Collapse all"]
    assert names(get_page(client, fold.get("href"))) == []
    assert names(calendar(client, "&open=nowhere&fold=nothing&fold=hall")) == []


def test_of_many_rows_only_the_viewers_own_clusters_are_expanded(
    client, other_client, censec, kit, monkeypatch
):
    monkeypatch.setattr(fold_views, "MOST_OPEN", 3)
    sign_in(other_client, make_coordinator(kit))

    assert names(calendar(client)) == ["Arena", "Hall", "Bench"]
    assert names(calendar(other_client)) == ["Lab"]
