"""The settings in force: what each is set to, and where that comes from; never a secret."""

from collections.abc import Iterator, Mapping
from dataclasses import Field, dataclass, fields

from booking.config import LIMIT_PREFIX, RETENTION_PREFIX, Settings
from booking.rules.limits import DEFAULT_LIMITS, LimitName, limit_text
from booking.rules.retention import Period
from booking.rules.sign_in_providers import SignInProvider

#: The variable of a setting, where it is not called after the field.
_VARIABLES = {"production": "APP_ENV"}
#: Fields with several settings each, which are listed by themselves.
_WITH_SEVERAL = {"limits", "retention"}


@dataclass(frozen=True)
class SettingLine:
    """One setting: its variable, and its value as the environment would write it.

    `value` is None where it is a secret, of which only is said whether it `is_set`. `given`: it
    comes from the environment, else it is the default.
    """

    variable: str
    value: str | None
    is_set: bool
    given: bool


def settings_in_force(settings: Settings, environ: Mapping[str, str]) -> list[SettingLine]:
    """Return all settings but limits and how long what is kept, by variable."""
    lines = [
        _line(settings, one, environ) for one in fields(Settings) if one.name not in _WITH_SEVERAL
    ]
    return sorted(lines, key=lambda one: one.variable)


def _line(settings: Settings, field: Field[object], environ: Mapping[str, str]) -> SettingLine:
    variable = _VARIABLES.get(field.name, field.name.upper())
    value = getattr(settings, field.name)
    # What `Settings` does not show of itself is a secret.
    return SettingLine(
        variable=variable,
        value=_written(field.name, value) if field.repr else None,
        is_set=value not in (None, "", ()),
        given=bool(environ.get(variable)),
    )


def _written(name: str, value: object) -> str:
    if name == "production":
        return "production" if value else "development"
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, tuple):
        return ", ".join(one.key if isinstance(one, SignInProvider) else str(one) for one in value)
    return "" if value is None else str(value)


def limits_in_force(settings: Settings, environ: Mapping[str, str]) -> Iterator[SettingLine]:
    """Yield the limits, in the order in which they are declared."""
    for name in LimitName:
        limit = settings.limits.get(name, DEFAULT_LIMITS[name])
        variable = f"{LIMIT_PREFIX}{name.name}"
        yield SettingLine(variable, limit_text(limit), True, bool(environ.get(variable)))


def retention_in_force(settings: Settings, environ: Mapping[str, str]) -> Iterator[SettingLine]:
    """Yield how many days what is kept, in the order in which it is declared."""
    for period in Period:
        variable = f"{RETENTION_PREFIX}{period.name}"
        days = settings.retention.length(period).days
        yield SettingLine(variable, str(days), True, bool(environ.get(variable)))
