"""The check of texts sees what cannot be translated, and leaves alone what can."""

import pytest

from tools.check_translations import faults_of_python, faults_of_template

GOOD_TEMPLATES = [
    '<p>{{ _("Request a date") }}</p>',
    '<p>{{ _("%(cluster)s decides", cluster=name) }}: 24 - {{ day }} (UTC)</p>',
    "<p>{% trans count=n %}One date{% pluralize %}{{ count }} dates{% endtrans %}</p>",
    '<a class="btn {{ "is-active" if on else "" }}" aria-label="{{ _("Close") }}">×</a>',
    "<script src='x'></script><p>{# A remark #}{{ ngettext('%(num)s date', '%(num)s dates', n) }}",
]
BAD_TEMPLATES = [
    "<p>Request a date</p>",
    "<p>{{ n }} dates</p>",
    '<img src="x" alt="A hall">',
    '<input placeholder="Name of {{ x }}">',
    '{{ button("Send it") }}',
    '{{ title or "Untitled" }}',
    "{{ _(title) }}",
    '{{ _("%(cluster)s decides", owner=name) }}',
    '{{ _("%(cluster)s decides", cluster=name, day=day) }}',
    '{{ _("%s decides") }}',
    '{{ _("Decided by ") }}{{ name }}',
    '{{ _("Cluster") ~ " " ~ name }}',
]
GOOD_PYTHON = [
    'def shown(): x = _("%(cluster)s decides", cluster=name)',
    'title = StringField(_l("Title"), description=_l("What for"))',
    'Length(max=5, message=_l("Use at most %(max)d characters."))',
    'x = lambda n: ngettext("%(num)s date", "%(num)s dates", n)',
    'def check(): raise ValidationError(_("Choose a day."))',
    'help = option("--all", help="Only for the command line")',
]
BAD_PYTHON = [
    "x = _(text)",
    'title = StringField(_("Title"))',
    'def shown(x=_("None")): pass',
    'x = _("%(cluster)s decides", owner=name)',
    'x = _(f"{name} decides")',
    'x = _("{} decides")',
    'x = _("Decided by ") + name',
    "x = f'{gettext(1)} {name}'",
    'title = StringField("Title")',
    'title = StringField(_l("Title"), description="What for")',
    'DataRequired(message="Choose a day.")',
    'raise ValidationError("Choose a day.")',
    'x = _l("At most %(number)s.", number=most)',
    'x = lazy_gettext("“%(text)s” is no day.", **values)',
    'flash("Sent.")',
    'flash(f"{n} sent")',
    'x = ngettext("%(num)s date", plural, number)',
]


@pytest.mark.parametrize("source", GOOD_TEMPLATES)
def test_a_template_of_whole_messages_passes(source):
    assert faults_of_template(source) == []


@pytest.mark.parametrize("source", BAD_TEMPLATES)
def test_an_untranslated_or_split_text_in_a_template_is_found(source):
    assert faults_of_template(f"\n{source}")[0].startswith("2: ")


@pytest.mark.parametrize("source", GOOD_PYTHON)
def test_python_with_whole_messages_passes(source):
    assert faults_of_python(source) == []


@pytest.mark.parametrize("source", BAD_PYTHON)
def test_an_untranslated_or_split_text_in_python_is_found(source):
    assert faults_of_python(f"\n{source}")[0].startswith("2: ")
