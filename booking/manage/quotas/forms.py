"""The form in which owners set quotas and the fair share."""

from flask_babel import lazy_gettext as _l
from wtforms import IntegerField
from wtforms.validators import Optional

from booking.manage.forms import OwnersForm
from booking.manage.terms.forms import Between, number_field
from booking.rules.quotas import Measure, Period
from booking.rules.terms import term_named

#: The most days that a period can have; a quota above that would limit nothing.
DAYS = {Period.WEEK: 7, Period.MONTH: 31, Period.QUARTER: 92, Period.YEAR: 366}
_WORDS = {
    (Measure.HOURS, Period.WEEK): _l("Hours a week"),
    (Measure.HOURS, Period.MONTH): _l("Hours a month"),
    (Measure.HOURS, Period.QUARTER): _l("Hours a quarter"),
    (Measure.HOURS, Period.YEAR): _l("Hours a year"),
    (Measure.DAYS, Period.WEEK): _l("Days a week"),
    (Measure.DAYS, Period.MONTH): _l("Days a month"),
    (Measure.DAYS, Period.QUARTER): _l("Days a quarter"),
    (Measure.DAYS, Period.YEAR): _l("Days a year"),
}


def field_name(measure: Measure, period: Period) -> str:
    """Return the name of the field of one quota: `hours_month`."""
    return f"{measure.value}_{period.value}"


def _quota(measure: Measure, period: Period) -> IntegerField:
    most = DAYS[period] * 24 if measure is Measure.HOURS else DAYS[period]
    return IntegerField(_WORDS[measure, period], validators=[Optional(), Between(1, most)])


class QuotasForm(OwnersForm):
    """The most that one organisation may have; an empty field is no quota."""

    hours_week = _quota(Measure.HOURS, Period.WEEK)
    hours_month = _quota(Measure.HOURS, Period.MONTH)
    hours_quarter = _quota(Measure.HOURS, Period.QUARTER)
    hours_year = _quota(Measure.HOURS, Period.YEAR)
    days_week = _quota(Measure.DAYS, Period.WEEK)
    days_month = _quota(Measure.DAYS, Period.MONTH)
    days_quarter = _quota(Measure.DAYS, Period.QUARTER)
    days_year = _quota(Measure.DAYS, Period.YEAR)
    fair_share_percent = number_field(
        _l("Fair share, in percent"), term_named("fair_share_percent")
    )

    def quotas(self) -> dict[tuple[Measure, Period], int]:
        """Return the quotas that are set."""
        typed = {key: self[field_name(*key)].data for key in _WORDS}
        return {key: most for key, most in typed.items() if most is not None}
