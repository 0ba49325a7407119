"""The approver's form of when people came and left."""

from flask_babel import lazy_gettext as _l

from booking.requests.forms import PassingField
from booking.web.fields import BaseForm, ClockField, DayField, optional_value


class AttendanceForm(BaseForm):
    """When the people of a date came and left, in wall time of the facility.

    Without a time nothing is noted. Which of two times is meant is asked where the clock shows it
    twice.
    """

    arrived_day = DayField(_l("Day of arrival"), validators=optional_value())
    arrived_time = ClockField(_l("Arrived at"), validators=optional_value())
    arrived_fold = PassingField(_l("Which arrival time?"))
    left_day = DayField(_l("Day of leaving"), validators=optional_value())
    left_time = ClockField(_l("Left at"), validators=optional_value())
    left_fold = PassingField(_l("Which leaving time?"))
