"""Coordinators import facilities and keep the page of their cluster, without scripts."""

from playwright.sync_api import expect

from tests.browser.survey import Survey
from tests.browser.visiting import sign_in

IMPORT = "/manage/clusters/munich/import"


def test_a_file_with_errors_is_shown_and_mended_and_then_imported_without_scripts(visitor, site):
    survey, page = Survey(site.address), visitor(java_script_enabled=False)
    survey.watch(page)
    sign_in(page, "coordinator.munich@demo.example")
    page.goto(IMPORT)

    def check(text: str) -> None:
        file = {"name": "munich.csv", "mimeType": "text/csv", "buffer": text.encode()}
        page.get_by_label("File").set_input_files(files=[file])
        page.get_by_role("button", name="Check the file").click()

    check("slug,name,kind,sise\nnew-bench,New bench,castle,5 m\n")
    expect(page.get_by_role("alert")).to_contain_text("there are 2 problems")
    page.get_by_role("link", name="Row 2, new-bench").click()
    expect(page.locator("#row-2")).to_be_in_viewport()
    page.get_by_role("link", name="Choose another file").click()
    check("slug,name,kind,size\nnew-bench,New bench,workbench,5 m\n")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Check the import")
    page.get_by_role("button", name="Import these").click()

    expect(page.get_by_role("status")).to_contain_text("1 facility imported.")
    page.goto("/facilities/new-bench")
    expect(page.get_by_role("heading", level=1)).to_contain_text("New bench")
    assert {what: found for what, found in survey.faults.items() if found} == {}


def test_the_pages_to_check_an_import_and_a_cluster_have_no_fault(visitor, site):
    survey, page = Survey(site.address), visitor()
    survey.watch(page)
    sign_in(page, "coordinator.munich@demo.example")
    page.goto(IMPORT)
    survey.look(page)
    rows = "slug,name,kind,part_of\nother-bench,Other bench,castle,nowhere\nodd,Odd,lab,\n"
    file = {"name": "munich.csv", "mimeType": "text/csv", "buffer": rows.encode()}
    page.get_by_label("File").set_input_files(files=[file])
    page.get_by_role("button", name="Check the file").click()
    survey.look(page, "import with errors")
    page.goto("/manage/clusters/munich/facts")
    survey.look(page)
    page.get_by_label("Aims").fill("Share what is costly")
    page.get_by_label("Days off 1, first day").or_(page.get_by_label("First day")).first.fill(
        "2027-05-07"
    )
    page.get_by_role("button", name="Continue").click()
    survey.look(page, "changes of a cluster")
    assert {what: found for what, found in survey.faults.items() if found} == {}
