"""Every term of a facility is read, inherited, written and set as its declaration says."""

from datetime import time

import pytest
from werkzeug.datastructures import MultiDict

from booking.db import clock
from booking.extensions import db
from booking.facilities.effective_terms import Origin, effective_terms
from booking.manage.terms.forms import TermsForm, typed
from booking.rules.term_declarations import TermKind
from booking.rules.terms import TERMS
from booking.wording.terms import TERM_WORDS
from tests.factories import make_cluster, make_facility

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"])
WITH_FIELDS = [term for term in TERMS if term.group is not None]


def another_value(term):
    """A value to state that is not the default."""
    return {
        TermKind.NUMBER: term.most,
        TermKind.FLAG: not term.default,
        TermKind.CHOICE: term.offered[-1] if term.offered else None,
        TermKind.TIME: time(13),
        TermKind.TEXT: "https://example.org",
    }[term.kind]


@pytest.fixture
def hall(app_context):
    """A hall with a bench below; neither states a term."""
    nothing = dict.fromkeys(term.name for term in TERMS if term.inherited)
    hall = make_facility(make_cluster("here"), "hall", **nothing)
    hall.bench = make_facility(hall.cluster, "bench", parent=hall, **nothing)
    return hall


def test_a_term_that_nobody_states_has_its_default(hall):
    found = effective_terms([hall.id])[hall.id]

    assert {term.name: getattr(found.rules, term.name) for term in TERMS} == {
        term.name: term.default for term in TERMS
    }
    assert {found.origins[term.name] for term in TERMS if term.inherited} == {Origin.NOT_STATED}


def test_a_stated_term_applies_there_and_below_if_inherited(hall):
    stated = {term.name: another_value(term) for term in TERMS}
    for name, value in stated.items():
        setattr(hall, name, value)
    db.session.commit()

    found = effective_terms([hall.id, hall.bench.id])

    here, below = found[hall.id], found[hall.bench.id]
    assert {name: getattr(here.rules, name) for name in stated} == stated
    assert {term.name: getattr(below.rules, term.name) for term in TERMS} == {
        term.name: stated[term.name] if term.inherited else term.default for term in TERMS
    }
    inherited = {term.name for term in TERMS if term.inherited}
    assert {name for name in inherited if here.origins[name] is Origin.OWN} == inherited
    assert {name for name in inherited if below.origins[name] is Origin.ABOVE} == inherited


def test_the_form_returns_the_stated_value_and_none_for_an_empty_field(hall, app):
    def given_back(term, stored):
        form = TermsForm(formdata=MultiDict({term.name: str(typed(term, stored) or "")}))
        return form.stated()[term.name]

    with app.test_request_context():
        for term in WITH_FIELDS:
            for stored in (None, another_value(term), *term.offered):
                assert given_back(term, stored) == stored, term.name


def test_each_term_with_a_field_has_words_for_its_value_and_its_effect(hall):
    rules = effective_terms([hall.id])[hall.id].rules
    for term in WITH_FIELDS:
        words = TERM_WORDS[term.name]
        assert str(words.label), term.name
        assert words.value(another_value(term), rules), term.name
        assert words.meaning(rules, clock.now()), term.name
    assert TERM_WORDS.keys() <= {term.name for term in TERMS}


def test_each_term_that_can_refuse_has_words_for_partners_and_deciders(app):
    with app.test_request_context():
        for term in TERMS:
            words = TERM_WORDS.get(term.name)
            if term.rule is not None:
                assert words.refusal is not None, term.name
                assert str(words.broken), term.name
