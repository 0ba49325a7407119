"""What every form does by itself: texts that can be stored, and messages tied to their fields."""

import pytest
from flask import Flask, render_template_string
from flask_babel import Babel
from flask_wtf import CSRFProtect
from werkzeug.datastructures import MultiDict
from wtforms import (
    FieldList,
    IntegerField,
    PasswordField,
    RadioField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, Optional

from booking.web.fields import INTEGER_MAX, LINE_MAX, TEXT_MAX, BaseForm
from tests.pages import read_page


class Sample(BaseForm):
    class Meta(BaseForm.Meta):
        csrf = False

    name = StringField("Name", description="As on the door", validators=[Optional(), Length(max=5)])
    line = StringField("Line")
    text = TextAreaField("Text")
    secret = PasswordField("Secret")
    number = IntegerField("Number", validators=[Optional()])
    kind = RadioField("Kind", choices=[SelectChoice("a"), SelectChoice("b")])
    rows = FieldList(StringField("Row"), max_entries=3)


@pytest.fixture
def bare_app():
    app = Flask("booking")
    app.secret_key = "only for this test"
    Babel(app)
    CSRFProtect(app)
    with app.test_request_context():
        yield app


def sent(**values: str) -> Sample:
    """The form as checked after these values were sent."""
    form = Sample(MultiDict({"kind": "a", **values}))
    form.validate()
    return form


@pytest.mark.usefixtures("bare_app")
class TestTexts:
    @pytest.mark.parametrize("character", ["\0", "\x1b", "\x7f", "\u202e", "\ud800"])
    def test_characters_that_cannot_be_shown_are_refused_at_their_field(self, character):
        assert sent(line=f"a{character}b").errors.keys() == {"line"}
        assert sent(text=f"a{character}b").errors.keys() == {"text"}
        assert sent(secret=f"a{character}b").errors.keys() == {"secret"}
        assert sent(**{"rows-0": f"a{character}b"}).errors.keys() == {"rows"}

    def test_a_line_break_is_accepted_in_a_text_area_and_refused_in_a_line(self):
        assert not sent(text="one\r\n\ttwo").errors
        assert sent(line="one\ntwo").errors.keys() == {"line"}

    def test_a_line_end_counts_as_one_character_whatever_the_browser_sends(self):
        assert sent(text="a\r\nb\rc\nd").text.data == "a\nb\nc\nd"
        assert not sent(text="\r\n".join("x" * (TEXT_MAX // 2))).errors

    def test_blanks_around_a_text_are_removed_but_those_of_a_password_stay(self):
        form = sent(line="  a b \t", secret=" p ")

        assert (form.line.data, form.secret.data) == ("a b", " p ")

    def test_every_text_field_has_a_maximum_length(self):
        assert not sent(line="x" * LINE_MAX, text="x" * TEXT_MAX, name="x" * 5).errors
        assert sent(line="x" * (LINE_MAX + 1)).errors.keys() == {"line"}
        assert sent(text="x" * (TEXT_MAX + 1)).errors.keys() == {"text"}
        assert sent(name="x" * 6).errors.keys() == {"name"}
        assert sent(**{"rows-0": "x" * (LINE_MAX + 1)}).errors.keys() == {"rows"}

    @pytest.mark.parametrize("number", [INTEGER_MAX + 1, -INTEGER_MAX - 1, 10**30])
    def test_a_number_too_large_for_its_column_is_refused(self, number):
        assert sent(number=str(number)).errors.keys() == {"number"}
        assert not sent(number=str(INTEGER_MAX)).errors


PAGE = """
{% from "_field.html" import field, choices, error_summary %}
<!doctype html><html lang="en"><title>Sample</title><main><h1>Sample</h1>
<form method="get" action="/">
  {{ error_summary(form, extra) }}
  {{ field(form.name) }}{{ field(form.line, hint="One line") }}{{ choices(form.kind) }}
  <button>Send</button>
</form></main></html>
"""


def described(page, element_id: str) -> list[str]:
    """The texts that describe an element, in order."""
    ids = (page.one(id=element_id).get("aria-describedby") or "").split()
    return [page.one(id=one).text for one in ids]


def test_a_field_is_described_by_its_hint_and_then_by_its_error(bare_app):
    form = sent(name="too long", line="\0")
    page = read_page(render_template_string(PAGE, form=form, extra=()))

    hint, wrong = described(page, "name")
    assert hint == "As on the door"
    assert form.name.errors[0] in wrong
    assert described(page, "line")[0] == "One line"
    assert page.one(id="name").get("aria-invalid") == "true"


def test_a_field_without_errors_is_described_by_its_hint_alone(bare_app):
    page = read_page(render_template_string(PAGE, form=sent(), extra=()))

    assert described(page, "name") == ["As on the door"]
    assert page.one(id="name").get("aria-invalid") is None
    assert page.all(role="alert") == []


def test_the_summary_links_to_each_field_and_shows_errors_of_no_field(bare_app):
    form = sent(name="too long", kind="x")
    extra = ["Nobody answers here yet.", ("Too late.", "line")]
    page = read_page(render_template_string(PAGE, form=form, extra=extra))

    summary = page.one(role="alert")
    targets = [link.get("href") for link in summary.all("a")]
    assert targets == ["#line", "#name", "#kind-0"]
    assert all(page.one(id=target[1:]).tag == "input" for target in targets)
    assert "Nobody answers here yet." in summary.text
