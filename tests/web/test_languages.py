"""Languages: who gets which, on pages, in mails and in calendars; with a catalogue made up here."""

import io
from pathlib import Path

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import render_template_string

from booking.accounts.account_mail import AccountMailKind, queue_account_mail
from booking.accounts.models import Person
from booking.accounts.queries import account_of
from booking.db.transactions import writing
from booking.extensions import db
from booking.feeds.kinds import FeedKind
from booking.feeds.service import make_feed
from booking.notices import worker as worker_module
from booking.notices.account_outbox import take_account_mail
from booking.wording import languages
from tests.factories import make_cluster, make_facility, make_partner, sign_in
from tests.pages import get_page, post, read_page

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"])

CATALOGUE = """
msgid ""
msgstr "Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=2; plural=n > 1;\\n"

msgid "Find a facility"
msgstr "Trouver une installation"

msgid "Your password was changed"
msgstr "Votre mot de passe a été changé"

msgid "My requests"
msgstr "Mes demandes"

msgid "Language saved."
msgstr "Langue enregistrée."

msgid "%(name)s: busy times"
msgstr "%(name)s : heures occupées"

msgid "Compare"
msgstr "Comparer"

msgid "Cluster"
msgstr "Pôle"

msgid "%(num)s facility"
msgid_plural "%(num)s facilities"
msgstr[0] "%(num)s installation"
msgstr[1] "%(num)s installations"
"""


@pytest.fixture
def french(app, tmp_path: Path):
    """The application has a second catalogue, with a few messages."""
    folder = tmp_path / "fr" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "messages.mo").open("wb") as file:
        write_mo(file, read_po(io.BytesIO(CATALOGUE.encode()), locale="fr"))
    babel = app.extensions["babel"]
    babel.translation_directories.append(str(tmp_path))
    with app.app_context():
        babel.instance.domain_instance.cache.clear()
    languages.init_app(app)


@pytest.fixture
def anna(app):
    with app.app_context():
        make_facility(make_cluster("here"), "hall", name="Great Hall")
        return make_partner("anna@example.org")


def header(client, path="/", **headers):
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200
    return "Trouver une installation" in answer.text, answer


def test_with_one_language_nothing_is_offered_and_the_page_says_so(app, client, anna):
    sign_in(client, anna)
    page = get_page(client, "/account")
    assert "This site is in English only for now." in page.text
    assert not page.all("select", id="language")
    assert 'lang="en"' in client.get("/", headers={"Accept-Language": "fr"}).text
    assert post(client, "/account/language", {"language": "fr"}).status_code == 422


def test_who_is_not_signed_in_gets_what_the_browser_asks_for(client, anna, french):
    is_french, answer = header(client, **{"Accept-Language": "fr-CH, en;q=0.5"})
    assert is_french
    assert '<html lang="fr"' in answer.text
    assert "Accept-Language" in answer.headers.getlist("Vary")
    for other in ("en, fr;q=0.5", "de", ""):
        is_french, answer = header(client, **{"Accept-Language": other})
        assert not is_french
        assert '<html lang="en"' in answer.text


def test_the_choice_of_a_person_wins_over_the_browser(app, client, anna, french):
    sign_in(client, anna)
    page = get_page(client, "/account")
    assert [one.text for one in page.one("select", id="language").all("option")] == [
        "As my browser asks for",
        "English",
        "français",
    ]
    assert post(client, "/account/language", {"language": "fr"}).status_code == 303
    answer = client.get("/account", headers={"Accept-Language": "en"}).text
    assert "Langue enregistrée." in answer
    assert "Trouver une installation" in answer
    post(client, "/account/language", {"language": ""})  # what the browser asks for
    assert "Language saved." in client.get("/account").text
    post(client, "/account/language", {"language": "en"})
    assert not header(client, **{"Accept-Language": "fr"})[0]
    assert post(client, "/account/language", {"language": "de"}).status_code == 422


@pytest.mark.parametrize("path", ["/", "/facilities", "/facilities/hall", "/calendar"])
def test_pages_that_are_kept_in_memory_are_kept_by_language(path, client, anna, french):
    drawn = [header(client, path, **{"Accept-Language": one}) for one in ("en", "fr", "en", "fr")]

    assert [is_french for is_french, _answer in drawn] == [False, True, False, True]
    assert drawn[0][1].text == drawn[2][1].text
    assert drawn[1][1].text == drawn[3][1].text


def test_cards_and_choices_are_in_the_language_of_their_reader(app, client, anna, french):
    with app.app_context():
        make_facility(make_cluster("there"), "yard", people_limit=3)
    french_words = ["Comparer", "Pôle", "1 installation"]
    for language, is_french in (("en", False), ("fr", True), ("en", False)):
        answer = client.get("/facilities", headers={"Accept-Language": language})
        text = read_page(answer.text).text
        assert [one in text for one in french_words] == [is_french] * len(french_words)


def test_texts_of_templates_are_markup_whose_values_are_escaped(app, french):
    texts = """{{ _("100%% <b>") }}{{ _("<b>%(name)s</b> %%", name=name) }}
    {{ ngettext("%(num)s &lt; %(name)s", "", 1, name=name) }} {{ _("Compare") }}"""
    for language, word in (("en", "Compare"), ("fr", "Comparer")):
        with app.test_request_context(headers={"Accept-Language": language}):
            app.preprocess_request()
            drawn = render_template_string(texts, name="<i>")
            assert drawn.split() == [
                *("100%", "<b><b>&lt;i&gt;</b>", "%", "1", "&lt;", "&lt;i&gt;", word)
            ]
            plain = app.jinja_env.overlay(autoescape=False).from_string(texts)
            assert plain.render(name="<i>").split() == [
                *("100%", "<b><b><i></b>", "%", "1", "&lt;", "<i>", word)
            ]


def test_a_mail_is_in_the_language_of_its_reader(app, anna, french):
    with app.app_context():
        for code, title in (("fr", "Votre mot de passe a été changé"), ("", "Your password was")):
            with writing() as now:
                db.session.get(Person, anna.id).language = code
                queue_account_mail(
                    AccountMailKind.PASSWORD_CHANGED, anna.email, now, person_id=anna.id
                )
            parcel = worker_module._next_parcel(app.extensions["settings"])
            letter = parcel.letter()
            assert letter["Subject"].startswith(title)
            html = letter.get_body(("html",)).get_content()
            assert f'lang="{code or "en"}"' in html
            parcel.sent()
            assert take_account_mail(app.extensions["settings"]) is None


def test_a_calendar_is_in_the_language_of_its_person_whatever_program_reads_it(
    app, client, anna, french
):
    with app.app_context():
        token = make_feed(account_of(anna.id), FeedKind.OWN, with_titles=False)
    path = f"/feeds/{token}.ics"
    english = client.get(path, headers={"Accept-Language": "fr"})
    assert "My requests" in english.text
    with app.app_context(), writing():
        db.session.get(Person, anna.id).language = "fr"

    answer = client.get(path, headers={"If-None-Match": english.headers["ETag"]})

    assert answer.status_code == 200  # the texts have changed, though no date has
    assert "Mes demandes" in answer.text
    again = client.get(path, headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_a_busy_calendar_is_not_said_to_be_unchanged_in_another_language(client, anna, french):
    path = "/facilities/hall.ics"
    english = client.get(path, headers={"Accept-Language": "en"})
    assert "busy times" in english.text
    for language, status in (("fr", 200), ("en", 304)):
        headers = {"Accept-Language": language, "If-None-Match": english.headers["ETag"]}
        answer = client.get(path, headers=headers)
        assert answer.status_code == status
        assert ("heures occupées" in answer.text) is (language == "fr")
