"""Settings: production starts only with what it needs, and no message shows a secret."""

import dataclasses
import os
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from booking.config import Settings, SettingsError
from booking.rules.limits import DEFAULT_LIMITS, Limit, LimitName, limit_from
from booking.rules.retention import DEFAULT_DAYS, Period

ROOT = Path(__file__).resolve().parent.parent
SECRET = "k3J9-vQ2x_Zt7LwR5pYb8NcD1fGh4SmA6uEe"
PRODUCTION = {
    "APP_ENV": "production",
    "SECRET_KEY": SECRET,
    "BASE_URL": "https://booking.example.org",
    "DATABASE_URL": "postgresql+psycopg:///booking",
}


def test_sign_in_providers_are_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "providers.toml"
    values = 'name = "Uni"\nissuer = "https://login.uni.example"\nclient_id = "booking"\n'
    file.write_text(f"[uni]\n{values}")
    environ = {"SIGN_IN_PROVIDERS": str(file), "SIGN_IN_SECRET_UNI": SECRET}

    (provider,) = Settings.from_environment(environ).sign_in_providers

    assert (provider.key, provider.client_secret) == ("uni", SECRET)
    for path, text, says in (
        (file, f"[uni]\n{values}client_secret = '{SECRET}'", "unknown entry: client_secret"),
        (file, "[uni", "not valid TOML"),
        (tmp_path / "none.toml", "", "the path of a file"),
    ):
        file.write_text(text)
        with pytest.raises(SettingsError, match=says) as fault:
            Settings.from_environment({**environ, "SIGN_IN_PROVIDERS": str(path)})
        assert SECRET not in str(fault.value)


def test_production_starts_with_key_address_and_database() -> None:
    settings = Settings.from_environment(PRODUCTION)
    assert settings.production
    assert settings.trusted_hosts == ("booking.example.org",)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", None),
        ("SECRET_KEY", SECRET[:31]),
        ("SECRET_KEY", "a" * 64),
        ("BASE_URL", None),
        ("BASE_URL", "http://booking.example.org"),
        ("BASE_URL", "https:/booking"),
        ("DATABASE_URL", None),
        ("DEMO", "1"),
        ("APP_ENV", "live"),
        ("PROXY_HOPS", "many"),
        ("SMTP_PORT", "-1"),
        ("SMTP_TLS", "maybe"),
        ("MAIL_PAUSED", "perhaps"),
        ("WEB_PROCESSES", "many"),
        ("SECURITY_CONTACT", "security@example.org"),
        ("SECURITY_POLICY", "http://example.org/policy"),
        ("PRIVACY_CONTACT", "privacy@example.org"),
        ("SECRET_KEY_FALLBACKS", "kept,short"),
        ("FLASK_DEBUG", "1"),
        ("LIMIT_SEARCH", "often"),
        ("LIMIT_SAERCH", "10/1m"),
        ("RETENTION_UPDATES", "7"),
        ("RETENTION_UPDTAES", "365"),
    ],
)
def test_production_refuses_to_start_and_names_the_setting_without_its_value(
    name: str, value: str | None
) -> None:
    environ = {key: text for key, text in {**PRODUCTION, name: value}.items() if text is not None}
    with pytest.raises(SettingsError, match=name) as refused:
        Settings.from_environment(environ)
    assert not value or len(value) < 3 or value not in str(refused.value)


def test_a_mail_server_needs_a_sender() -> None:
    with pytest.raises(SettingsError, match="MAIL_FROM"):
        Settings.from_environment({**PRODUCTION, "SMTP_HOST": "mail.example.org"})


def test_limits_are_stated_by_name() -> None:
    settings = Settings.from_environment({"LIMIT_SEARCH": "10/1m", "LIMIT_DRAFT": ""})
    assert settings.limits == {**DEFAULT_LIMITS, LimitName.SEARCH: Limit(10, timedelta(minutes=1))}


def test_periods_of_retention_are_stated_in_days() -> None:
    settings = Settings.from_environment({"RETENTION_UPDATES": "90", "RETENTION_SEARCHES": ""})
    assert settings.retention.length(Period.UPDATES) == timedelta(days=90)
    assert settings.retention.length(Period.SEARCHES) == timedelta(days=730)


def test_the_documentation_lists_each_period_with_its_default() -> None:
    told = (ROOT / "docs/configuration.md").read_text()
    for period, days in DEFAULT_DAYS.items():
        assert f"| `RETENTION_{period.name}` | `{days}` |" in told


def test_the_documentation_lists_each_limit_with_its_default() -> None:
    told = (ROOT / "docs/configuration.md").read_text()
    for name, limit in DEFAULT_LIMITS.items():
        stated = re.search(rf"`LIMIT_{name.name}` \| `(\S+)`", told)
        assert stated, name
        assert limit_from(stated[1]) == limit, name


def test_mail_goes_unencrypted_only_to_a_server_on_this_machine() -> None:
    plain = {"SMTP_TLS": "off", "MAIL_FROM": "a@example.org"}
    for host in ("mail.example.org", "10.0.0.1"):
        with pytest.raises(SettingsError, match="SMTP_TLS"):
            Settings.from_environment({**plain, "SMTP_HOST": host})
    for host in ("localhost", "127.0.0.1", "::1"):
        assert not Settings.from_environment({**plain, "SMTP_HOST": host}).smtp_tls


def test_settings_cannot_be_changed_and_show_no_secret() -> None:
    settings = Settings.from_environment({**PRODUCTION, "SMTP_PASSWORD": "hunter-two"})
    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.demo = True
    assert SECRET not in repr(settings)
    assert "hunter-two" not in repr(settings)
    assert "postgresql" not in repr(settings)


def test_a_refused_start_ends_the_command_with_one_plain_line() -> None:
    environ = {**os.environ, **PRODUCTION, "SECRET_KEY": "short-but-secret"}
    ended = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", "account", "list"],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode != 0
    assert "SECRET_KEY must have at least 32 characters" in ended.stderr
    assert "short-but-secret" not in ended.stdout + ended.stderr
