"""The settings in force as administrators see them, and how mails are named."""

from dataclasses import fields

import pytest

from booking.admin.settings_list import limits_in_force, settings_in_force
from booking.config import Settings
from booking.notices.mail_queue import MailKind, MailName, mail_name
from booking.rules.limits import DEFAULT_LIMITS, limit_from, limit_text


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("17", MailName(MailKind.UPDATE, 17)),
        ("i3", MailName(MailKind.INVITATION, 3)),
        ("a9", MailName(MailKind.ACCOUNT, 9)),
        *((wrong, None) for wrong in ("", "a", "-1", "0", "b2", "2147483648", "1" * 5000)),
    ],
)
def test_a_mail_is_named_by_its_kind_and_number(text, name):
    assert mail_name(text) == name
    assert name is None or str(name) == text


def test_settings_say_where_they_come_from_and_no_secret():
    secrets = {
        "secret_key": "key of the site",
        "secret_key_fallbacks": ("an older key",),
        "database_url": "postgresql://booking:hunter2@db/booking",
        "smtp_password": "swordfish",
    }
    settings = Settings(**secrets, smtp_user="mailer", proxy_hops=2)
    lines = {one.variable: one for one in settings_in_force(settings, {"PROXY_HOPS": "2"})}
    assert set(secrets) == {one.name for one in fields(Settings) if not one.repr}
    for name in secrets:
        assert (lines[name.upper()].value, lines[name.upper()].is_set) == (None, True)
    assert (lines["PROXY_HOPS"].value, lines["PROXY_HOPS"].given) == ("2", True)
    assert (lines["APP_ENV"].value, lines["APP_ENV"].given) == ("development", False)
    assert lines["SMTP_USER"].value == "mailer"
    assert lines["MAIL_FROM"].is_set is False
    shown = str(list(lines.values()))
    assert not any(part in shown for part in ("key of", "older", "hunter2", "swordfish"))
    assert {one.variable for one in limits_in_force(settings, {})} == {
        f"LIMIT_{name.name}" for name in DEFAULT_LIMITS
    }


def test_limits_are_written_as_they_are_read():
    assert all(limit_from(limit_text(one)) == one for one in DEFAULT_LIMITS.values())
