"""The survey finds each kind of fault."""

import pytest

from tests.browser.survey import Survey

BREAK = {
    "policy": [
        "new Image().src = 'https://elsewhere.example/pixel.png'",
        "try { document.body.setAttribute('onclick', 'open()'); } catch {}",
        "try { document.body.innerHTML = '<p>x</p>'; } catch {}",
        "console.error('broken')",
    ],
    "accessibility": [
        "document.querySelector('.lead').style.color = '#ccc'",
        "document.querySelector('label').remove()",
        "document.documentElement.lang = ''",
    ],
    "sideways": ["document.querySelector('h1').style.width = '700px'"],
    "small": [
        "document.querySelector('main button').style.cssText = 'min-height: 0; height: 20px'",
    ],
    "edges": [
        "document.querySelector('#email').style.borderColor = '#ddd'",
        "document.querySelector('main .btn-outline-primary').style.borderColor = '#ccc'",
    ],
}


@pytest.mark.parametrize(
    ("kind", "script"), [(kind, script) for kind, scripts in BREAK.items() for script in scripts]
)
def test_faults_of_a_page_are_found(visitor, site, kind, script):
    survey, page = Survey(site.address), visitor()
    survey.watch(page)
    page.goto("/sign-in")
    page.evaluate(script)

    survey.look(page)

    assert survey.faults[kind], survey.faults
    others = {k: v for k, v in survey.faults.items() if k != kind}
    assert not any(others.values()), others


@pytest.mark.parametrize("script", BREAK["accessibility"][:2])
def test_a_page_like_one_before_is_measured_if_an_element_lost_its_colour_or_label(
    visitor, site, script
):
    survey, page = Survey(site.address), visitor()
    page.goto("/sign-in")
    survey.look(page)
    page.evaluate(script)

    survey.look(page)

    assert survey.faults["accessibility"]


def test_weak_edges_of_bars_are_found(visitor, site):
    survey, page = Survey(site.address), visitor()
    page.goto("/facilities/aisec-hardware-bench?view=week&on=2026-12-07")
    page.evaluate(
        "document.querySelectorAll('.bar-not-open > *').forEach(bar => {"
        " bar.style.borderColor = '#eee'; })"
    )

    survey.look(page)

    assert survey.faults["edges"]


def test_a_page_that_fails_is_found(visitor, site):
    survey, page = Survey(site.address), visitor()
    survey.watch(page)

    page.route("**/clusters", lambda route: route.fulfill(status=500, body="<main>x</main>"))
    page.goto("/clusters")

    assert survey.faults["failing"]
