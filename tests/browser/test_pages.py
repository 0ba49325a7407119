"""Every page, for everybody who may open it: readable, operable, and within its policy."""

from itertools import chain

import pytest

from tests.browser.addresses import ADMINS, NO_PAGES, samples
from tests.browser.scenes import SCENES
from tests.browser.survey import Seen, Survey
from tests.browser.visiting import ROLES


@pytest.fixture(scope="module")
def survey(site, visitors):
    """Looks at all pages as one role: `survey("partner")`; each role once."""
    done: dict[str, Survey] = {}
    seen = Seen()

    def of(role):
        if role not in done:
            survey, page = Survey(site.address, seen), visitors.page(role)
            survey.watch(page)
            for path in chain.from_iterable(samples(site).values()):
                survey.visit(page, path)
            for scene in SCENES[role]:
                scene(page, site)
                survey.look(page, scene.__name__)
            page.context.close()
            done[role] = survey
        return done[role]

    return of


def test_every_page_of_the_application_is_visited(site):
    pages = {
        rule.endpoint
        for rule in site.app.url_map.iter_rules()
        if "GET" in rule.methods and rule.endpoint not in NO_PAGES
    }

    assert pages == {*samples(site), *ADMINS}


@pytest.mark.parametrize("role", ROLES)
def test_no_page_has_a_fault_of_accessibility_light_or_dark_wide_or_narrow(survey, role):
    assert survey(role).faults["accessibility"] == []


@pytest.mark.parametrize("role", ROLES)
def test_no_page_has_to_be_scrolled_sideways_on_a_phone(survey, role):
    assert survey(role).faults["sideways"] == []


@pytest.mark.parametrize("role", ROLES)
def test_buttons_and_links_are_at_least_24_pixels_high_and_wide(survey, role):
    assert survey(role).faults["small"] == []


@pytest.mark.parametrize("role", ROLES)
def test_edges_of_fields_buttons_and_bars_have_a_contrast_of_three_to_one(survey, role):
    assert survey(role).faults["edges"] == []


@pytest.mark.parametrize("role", ROLES)
def test_no_page_breaks_its_content_policy_or_loads_from_another_site(survey, role):
    assert survey(role).faults["policy"] == []


@pytest.mark.parametrize("role", ROLES)
def test_no_page_fails(survey, role):
    assert survey(role).faults["failing"] == []
