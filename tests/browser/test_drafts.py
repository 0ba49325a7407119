"""A new facility on a phone: its draft says what is missing, and is published as a whole."""

from playwright.sync_api import expect

from tests.browser import phones
from tests.uploads import picture


def test_a_facility_is_prepared_on_a_phone_and_published_whole(visitor):
    page = visitor("coordinator", viewport=phones.SIZE)
    public = visitor("anonymous", viewport=phones.SIZE)
    page.goto("/manage/clusters/censec/facilities/new")
    page.get_by_label("Name", exact=True).fill("Wave tank 3")
    page.get_by_label("Kind").select_option("workbench")
    page.get_by_label("Part of").select_option("uas-denmark")
    page.get_by_role("button", name="Begin draft").click()
    phones.check(page, scripts=True)
    page.get_by_role("link", name="Next: Description").click()
    page.get_by_label("Description", exact=True).fill("Waves of up to 40 cm.")
    page.locator("main button:visible", has_text="Save draft").click()
    expect(page.get_by_role("link", name="Next: Capabilities")).to_be_visible()

    page.get_by_role("link", name="Add pictures").click()
    file = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": picture()}
    page.get_by_label("Picture", exact=True).set_input_files(file)
    page.get_by_label("What is on it").fill("A tank.")
    page.get_by_role("button", name="Add picture").click()
    shown = page.get_by_role("img", name="A tank.")
    expect(shown).to_have_js_property("complete", True)
    assert shown.evaluate("one => one.naturalWidth") > 0, "who knows of the draft gets its bytes"
    phones.check(page, scripts=True)
    address = page.evaluate("one => one.currentSrc", shown.element_handle())
    assert public.request.get(address).status == 404

    page.get_by_role("link", name="Preview").click()
    expect(page.get_by_role("main")).to_contain_text("Waves of up to 40 cm.")
    page.get_by_role("button", name="Publish").click()

    public.goto("/facilities/wave-tank-3")
    expect(public.get_by_role("main")).to_contain_text("Waves of up to 40 cm.")
    expect(public.get_by_role("img", name="A tank.").first).to_be_visible()
