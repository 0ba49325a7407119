"""Finding by filters, map and comparison; a picture that an owner adds."""

import io
import re

import pytest
from PIL import Image
from playwright.sync_api import expect

both_ways = pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
CHAMBERS = ("FIT R2lab anechoic chamber", "DTU electromagnetic test laboratories")
BOTH = "/facilities?compare=r2lab&compare=dtu-electromagnetic"


@both_ways
def test_a_visitor_filters_what_is_found_sees_it_on_the_map_and_compares(visitor, scripts):
    page = visitor(java_script_enabled=scripts)
    main = page.get_by_role("main")
    page.goto("/facilities")
    page.locator("input[name=what]").fill("anechoic chamber")
    main.get_by_role("button", name="Show what is free").click()
    for name in CHAMBERS:
        expect(main.get_by_role("heading", name=name)).to_be_visible()

    page.get_by_label(re.compile("^France")).check()
    main.get_by_role("button", name="Apply filters").click()

    expect(main.get_by_role("heading", name=CHAMBERS[0])).to_be_visible()
    expect(main.get_by_role("heading", name=CHAMBERS[1])).to_have_count(0)
    main.get_by_role("link", name="Show each facility on the map").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Facilities on the map")
    expect(main.get_by_role("link", name=CHAMBERS[0]).first).to_be_visible()
    expect(main.get_by_role("link", name=CHAMBERS[1])).to_have_count(0)

    main.get_by_role("link", name="Show free times").click()
    main.get_by_role("link", name=re.compile("^France")).first.click()  # takes it back
    for name in CHAMBERS:
        pick = main.get_by_role("button", name=f"Compare {name}")
        pick.click()
        expect(pick).to_have_attribute("aria-pressed", "true")
    main.get_by_label("What").fill("drone")  # another search
    main.get_by_role("button", name="Show what is free").click()
    bar = main.get_by_role("region", name="2 facilities to compare")
    bar.get_by_role("link", name=re.compile(CHAMBERS[0])).click()
    main.get_by_role("button", name=re.compile("^Compare ")).first.click()
    expect(bar.get_by_role("link", name=re.compile(CHAMBERS[0]))).to_have_count(0)
    expect(bar).to_be_visible()
    if scripts:  # the tab remembers, also after a look at a facility
        page.goto("/facilities")
        expect(bar.get_by_role("link", name=re.compile(CHAMBERS[1]))).to_be_visible()
        bar.get_by_role("link", name="Take all out").click()
        expect(bar).to_have_count(0)
    page.goto(BOTH)
    bar.get_by_role("link", name="Compare them").click()

    table = main.get_by_role("table")
    for name in CHAMBERS:
        expect(table.get_by_role("link", name=name).first).to_be_visible()


@both_ways
def test_a_picture_that_an_owner_adds_stands_on_the_public_page(visitor, scripts):
    page, public = visitor("coordinator", java_script_enabled=scripts), visitor()
    words = f"A hangar door, {'open' if scripts else 'closed'}"
    picture = io.BytesIO()
    Image.new("RGB", (1200, 800), "#0b5a6e" if scripts else "#6e5a0b").save(picture, "JPEG")
    page.goto("/manage/facilities/sdu-drone-hangar/files/pictures")
    page.get_by_label("What is on it").fill(words)
    add = page.get_by_role("button", name="Add picture")
    add.click()
    expect(page.get_by_role("alert").first).to_be_visible()  # no picture was chosen
    expect(page.get_by_label("What is on it").first).to_have_value(words)

    page.locator("input[type=file]").set_input_files(
        {"name": "door.jpg", "mimeType": "image/jpeg", "buffer": picture.getvalue()}
    )
    add.click()

    expect(page.get_by_role("img", name=words)).to_be_visible()
    public.goto("/facilities/sdu-drone-hangar")
    expect(public.get_by_role("img", name=words).first).to_be_visible()
