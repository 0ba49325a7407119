"""Timelines by keyboard and by mouse, as far as scripts go beyond links."""

from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Locator, Page, expect

BENCH = "/facilities/aisec-hardware-bench?view=day&on=2027-01-12"
ACADEMY = "/facilities/lfs-bruchsal?view=month&on=2027-01-12"


def _form_args(page: Page) -> dict[str, str]:
    """What the form that the page shows was filled with."""
    page.wait_for_url("**/requests/new?*")
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def _press_over(page: Page, start: Locator, end: Locator, share: tuple[float, float]) -> None:
    """Press the mouse at a share of the width of `start` and move it to one of `end`."""
    start.scroll_into_view_if_needed()
    boxes = (start.bounding_box(), end.bounding_box())
    (x, y), (to_x, to_y) = (
        (box["x"] + box["width"] * at, box["y"] + box["height"] / 2)
        for box, at in zip(boxes, share, strict=True)
    )
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(to_x, to_y, steps=5)


def test_a_timeline_is_used_with_arrow_keys_enter_and_escape(visitor):
    page = visitor()
    page.goto("/calendar?view=week&on=2027-01-12&cluster=munich")
    focused = page.locator(".timeline :focus")
    expect(page.locator(".timeline .bar [tabindex='0']")).to_have_count(1)

    page.locator(".timeline .bar [tabindex='0']").focus()
    first = focused.inner_text()
    page.keyboard.press("ArrowRight")
    assert focused.inner_text() != first
    page.keyboard.press("Home")
    assert focused.inner_text() == first
    page.keyboard.press("ArrowDown")
    expect(page.locator("tr:nth-child(3) :focus")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.locator(".timeline-key")).to_be_focused()

    page.locator(".bar-free a").first.focus()
    page.keyboard.press("Enter")
    assert "facility" in _form_args(page)


def test_a_time_drawn_over_free_hours_snaps_to_the_grid_and_fills_the_form(visitor):
    page = visitor()
    page.goto(BENCH)
    bar = page.locator(".bar-free a[data-from]").first
    free = parse_qs(urlsplit(bar.get_attribute("href")).query)

    _press_over(page, bar, bar, (0.26, 0.61))
    drawn = page.locator(".bar-drawn").inner_text()
    page.keyboard.press("Escape")
    page.mouse.up()
    expect(page.locator(".bar-drawn")).to_have_count(0)
    assert page.url.endswith(BENCH)

    _press_over(page, bar, bar, (0.26, 0.61))
    page.mouse.up()
    args = _form_args(page)
    assert f"{args['from'][11:]} – {args['to'][11:]}" == drawn
    assert free["from"][0] < args["from"] < args["to"] < free["to"][0]
    assert {args["from"][-2:], args["to"][-2:]} <= {"00", "30"}


def test_days_drawn_over_a_month_fill_the_form_with_the_first_and_the_last(visitor):
    page = visitor()
    page.goto(ACADEMY)
    monday, thursday = (page.locator(f"td[data-day='2027-01-{day}']") for day in (11, 14))

    _press_over(page, thursday, monday, (0.5, 0.5))
    page.mouse.up()

    args = _form_args(page)
    assert (args["first_day"], args["last_day"]) == ("2027-01-11", "2027-01-14")


def test_days_drawn_over_a_month_of_many_facilities_fill_the_form_too(visitor):
    page = visitor()
    page.goto("/calendar?view=month&on=2027-02-01&what=bruchsal&fold=lfs-bruchsal")
    bar = page.locator(".bar-free a[data-days]").first
    days = bar.get_attribute("data-days").split("|")
    middle = 0.5 / len(days)

    _press_over(page, bar, bar, (middle, middle * 5))
    drawn = page.locator(".bar-drawn").inner_text()
    page.mouse.up()

    assert drawn == f"{days[0]} – {days[2]}"
    args = _form_args(page)
    assert int(args["last_day"][-2:]) - int(args["first_day"][-2:]) == 2


def test_expanding_a_cluster_keeps_the_focus_and_is_in_the_address(visitor):
    page = visitor()
    page.goto("/calendar?on=2027-01-12")
    before = page.locator(".timeline-row").count()

    page.locator(".timeline .fold", has_text="KIT").click()

    expect(page.locator(".timeline-row")).to_have_count(before + 13)
    expect(page.locator(".timeline .fold", has_text="KIT")).to_be_focused()
    page.reload()
    expect(page.locator(".timeline-row")).to_have_count(before + 13)
