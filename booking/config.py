"""Settings, read once from environment variables."""

import re
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit

import click

from booking.rules.limits import DEFAULT_LIMITS, Limit, LimitName, is_this_machine, limit_from
from booking.rules.retention import Period, Periods
from booking.rules.sign_in_providers import (
    ProviderFault,
    SignInProvider,
    providers_from,
    secret_variable,
)

MINIMUM_SECRET_LENGTH = 32
#: Fewer different characters are not random.
FEWEST_DIFFERENT = 10
LIMIT_PREFIX = "LIMIT_"
RETENTION_PREFIX = "RETENTION_"
#: In days. Shorter would delete what is still needed to answer for it.
SHORTEST_RETENTION, LONGEST_RETENTION = 30, 3650


class SettingsError(click.ClickException):
    """A setting is missing or wrong; the message names it and never shows its value.

    On the command line it ends as a sentence, without the places in the code.
    """


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that differs between installations."""

    production: bool = False
    secret_key: str = field(repr=False)
    secret_key_fallbacks: tuple[str, ...] = field(default=(), repr=False)
    database_url: str = field(repr=False)
    base_url: str = "http://127.0.0.1:8000"
    trusted_hosts: tuple[str, ...] = ("127.0.0.1", "localhost")
    proxy_hops: int = 0
    demo: bool = False
    smtp_host: str | None = None
    smtp_port: int = 587
    smtp_user: str | None = None
    smtp_password: str | None = field(default=None, repr=False)
    smtp_tls: bool = True
    mail_from: str | None = None
    mail_paused: bool = False
    require_second_factor_for_admins: bool = False
    calendar_cache_mb: int = 64
    web_processes: int = 1
    security_contact: str | None = None
    security_policy: str | None = None
    privacy_contact: str | None = None
    sign_in_providers: tuple[SignInProvider, ...] = ()
    limits: Mapping[LimitName, Limit] = field(
        default_factory=lambda: MappingProxyType(DEFAULT_LIMITS)
    )
    retention: Periods = field(default_factory=Periods)
    erasure_list: Path | None = None
    files_folder: Path | None = None

    @property
    def files(self) -> Path:
        """Return the folder of pictures and documents; it need not exist yet."""
        return self.files_folder or instance() / "files"

    @property
    def erasures(self) -> Path:
        """Return the file with the list of erased accounts."""
        return self.erasure_list or instance() / "erasures.txt"

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "Settings":
        """Return the settings in `environ`.

        Raises:
            SettingsError: a setting is missing or wrong.
        """
        production = _choice(environ, "APP_ENV", ("development", "production")) == "production"
        if production:
            _require_for_production(environ)
        base_url = environ.get("BASE_URL") or "http://127.0.0.1:8000"
        parts = urlsplit(base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise SettingsError("BASE_URL must be an address such as https://booking.example.org")
        hosts = _words(environ, "TRUSTED_HOSTS")
        default_hosts = (parts.hostname,) if production else (parts.hostname, "localhost")
        smtp_host = environ.get("SMTP_HOST") or None
        smtp_tls = _choice(environ, "SMTP_TLS", ("on", "off")) == "on"
        if smtp_host and not environ.get("MAIL_FROM"):
            raise SettingsError("MAIL_FROM must be set where SMTP_HOST is")
        if smtp_host and not smtp_tls and not _is_here(smtp_host):
            raise SettingsError("SMTP_TLS can be off only where SMTP_HOST is this machine")
        return cls(
            production=production,
            secret_key=environ.get("SECRET_KEY") or _development_secret(),
            secret_key_fallbacks=_words(environ, "SECRET_KEY_FALLBACKS"),
            database_url=environ.get("DATABASE_URL") or f"sqlite:///{instance() / 'booking.db'}",
            base_url=base_url.rstrip("/"),
            trusted_hosts=hosts or default_hosts,
            proxy_hops=_number(environ, "PROXY_HOPS", 0),
            demo=not production and environ.get("DEMO") == "1",
            smtp_host=smtp_host,
            smtp_port=_number(environ, "SMTP_PORT", 587),
            smtp_user=environ.get("SMTP_USER") or None,
            smtp_password=environ.get("SMTP_PASSWORD") or None,
            smtp_tls=smtp_tls,
            mail_from=environ.get("MAIL_FROM") or None,
            mail_paused=_choice(environ, "MAIL_PAUSED", ("off", "on")) == "on",
            require_second_factor_for_admins=_choice(
                environ, "REQUIRE_SECOND_FACTOR_FOR_ADMINS", _on_first(production)
            )
            == "on",
            calendar_cache_mb=_number(environ, "CALENDAR_CACHE_MB", 64),
            web_processes=max(1, _number(environ, "WEB_PROCESSES", 1)),
            security_contact=_address(environ, "SECURITY_CONTACT", ("mailto:", "https://", "tel:")),
            security_policy=_address(environ, "SECURITY_POLICY", ("https://",)),
            privacy_contact=_address(environ, "PRIVACY_CONTACT", ("mailto:", "https://", "tel:")),
            sign_in_providers=read_sign_in_providers(environ),
            limits=_limits(environ),
            retention=_retention(environ),
            erasure_list=Path(environ.get("ERASURE_LIST") or instance() / "erasures.txt"),
            files_folder=Path(environ.get("FILES_FOLDER") or instance() / "files").absolute(),
        )


def instance() -> Path:
    """Return the folder for files that this installation writes; creates it if missing."""
    folder = Path(__file__).resolve().parent.parent / "instance"
    folder.mkdir(exist_ok=True)
    return folder


def _require_for_production(environ: Mapping[str, str]) -> None:
    if len(environ.get("SECRET_KEY", "")) < MINIMUM_SECRET_LENGTH:
        raise SettingsError(
            f"SECRET_KEY must have at least {MINIMUM_SECRET_LENGTH} characters in production"
        )
    if _is_weak(environ["SECRET_KEY"]):
        raise SettingsError("SECRET_KEY must be random in production")
    if not environ.get("BASE_URL", "").startswith("https://"):
        raise SettingsError("BASE_URL must be set in production and begin with https://")
    if not environ.get("DATABASE_URL"):
        raise SettingsError("DATABASE_URL must be set in production")
    if any(_is_weak(one) for one in _words(environ, "SECRET_KEY_FALLBACKS")):
        raise SettingsError(
            f"SECRET_KEY_FALLBACKS must each be random, with at least {MINIMUM_SECRET_LENGTH} "
            "characters"
        )
    if environ.get("DEMO") == "1":
        raise SettingsError("DEMO cannot be used in production")
    if environ.get("FLASK_DEBUG", "").lower() not in ("", "0", "false", "no"):
        raise SettingsError("FLASK_DEBUG cannot be used in production")


def _is_weak(secret: str) -> bool:
    return len(secret) < MINIMUM_SECRET_LENGTH or len(set(secret)) < FEWEST_DIFFERENT


def _is_here(host: str) -> bool:
    return host == "localhost" or is_this_machine(host)


def _words(environ: Mapping[str, str], name: str) -> tuple[str, ...]:
    """Return the values that a setting lists, separated by commas."""
    return tuple(one.strip() for one in environ.get(name, "").split(",") if one.strip())


def _development_secret() -> str:
    """Return a random key for development, stored so that a restart signs nobody out."""
    path = instance() / "secret_key"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48))
    return path.read_text()


def read_sign_in_providers(
    environ: Mapping[str, str], no_secret: str = ""
) -> tuple[SignInProvider, ...]:
    """Return the providers of the file that the environment names, as it is now.

    `no_secret` is what a provider gets whose client secret is not set, "": that is a fault.

    Raises:
        SettingsError: it cannot be used; the message says why and shows no secret.
    """
    path = environ.get("SIGN_IN_PROVIDERS")
    if not path:
        return ()
    try:
        stated = tomllib.loads(Path(path).read_text(encoding="utf-8"))
        return providers_from(stated, lambda key: environ.get(secret_variable(key)) or no_secret)
    except FileNotFoundError as error:
        raise SettingsError(
            f"SIGN_IN_PROVIDERS must be the path of a file to read: there is no file {path}"
        ) from error
    except OSError as error:
        raise SettingsError("SIGN_IN_PROVIDERS must be the path of a file to read") from error
    except ValueError as error:  # not TOML, not UTF-8
        # Only where: what the error says else may quote the file.
        where = re.search(r"line \d+, column \d+", str(error))
        place = f" ({where.group()})" if where else ""
        raise SettingsError(f"the file of SIGN_IN_PROVIDERS is not valid TOML{place}") from error
    except ProviderFault as fault:
        raise SettingsError(f"SIGN_IN_PROVIDERS: {fault}") from fault


def _limits(environ: Mapping[str, str]) -> Mapping[LimitName, Limit]:
    found = dict(DEFAULT_LIMITS)
    for variable, text in environ.items():
        if not variable.startswith(LIMIT_PREFIX):
            continue
        name = variable.removeprefix(LIMIT_PREFIX)
        if name not in LimitName.__members__:
            raise SettingsError(f"{variable} is no limit; see docs/configuration.md")
        if text:
            limit = limit_from(text)
            if limit is None:
                raise SettingsError(f"{variable} must be such as 10/15m, 100/1h or 3/7d")
            found[LimitName[name]] = limit
    return MappingProxyType(found)


def _retention(environ: Mapping[str, str]) -> Periods:
    found = {}
    for variable, text in environ.items():
        if not variable.startswith(RETENTION_PREFIX):
            continue
        name = variable.removeprefix(RETENTION_PREFIX)
        if name not in Period.__members__:
            raise SettingsError(f"{variable} is no period; see docs/configuration.md")
        if text:
            days = int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0
            if not SHORTEST_RETENTION <= days <= LONGEST_RETENTION:
                raise SettingsError(
                    f"{variable} must be a number of days from {SHORTEST_RETENTION} to "
                    f"{LONGEST_RETENTION}"
                )
            found[Period[name]] = days
    return Periods(MappingProxyType(found))


def _address(environ: Mapping[str, str], name: str, kinds: tuple[str, ...]) -> str | None:
    """Return an address that begins with one of these, None if it is not set."""
    text = environ.get(name) or None
    fits = text is None or (text.startswith(kinds) and text.isascii() and text.isprintable())
    if not fits or (text and " " in text):
        raise SettingsError(f"{name} must be an address that begins with {' or '.join(kinds)}")
    return text


def _choice(environ: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str:
    value = environ.get(name) or choices[0]
    if value not in choices:
        raise SettingsError(f"{name} must be one of: {', '.join(choices)}")
    return value


def _on_first(on: bool) -> tuple[str, str]:
    """Return the choices of a setting that is on or off, its default first."""
    return ("on", "off") if on else ("off", "on")


def _number(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(name) or str(default)
    if not text.isascii() or not text.isdigit() or int(text) > 65535:
        raise SettingsError(f"{name} must be a whole number from 0 to 65535")
    return int(text)
