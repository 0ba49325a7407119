"""An owner's edit: from a sentence to the preview and to the public page."""

import pytest
from playwright.sync_api import expect


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_an_owner_edits_looks_at_the_preview_and_publishes(visitor, scripts):
    page = visitor("coordinator", java_script_enabled=scripts)
    public = visitor("anonymous", java_script_enabled=scripts)
    sentence = f"A hangar for drones, {'with' if scripts else 'without'} scripts."
    page.goto("/manage/facilities/sdu-drone-hangar/facts")
    page.get_by_label("Description", exact=True).fill(sentence)
    page.get_by_label("Latitude").fill("55.47")
    page.get_by_label("Longitude").fill("5")
    page.get_by_role("button", name="Save draft and preview").click()
    expect(page.get_by_role("alert")).to_contain_text("in the sea")
    page.get_by_role("link", name="in the sea").click()
    expect(page.get_by_label("Latitude")).to_be_in_viewport()
    page.get_by_label("Longitude").fill("10.33")

    page.get_by_role("button", name="Save draft and preview").click()

    expect(page.get_by_role("main")).to_contain_text("Preview. Nobody else sees this yet.")
    expect(page.get_by_role("main")).to_contain_text(sentence)
    public.goto("/facilities/sdu-drone-hangar")
    expect(public.get_by_role("main")).not_to_contain_text(sentence)
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_role("status").first).to_contain_text("Published.")
    public.reload()
    expect(public.get_by_role("main")).to_contain_text(sentence)
