"""The form with which a person chooses how to get updates."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, RadioField
from wtforms.validators import InputRequired

from booking.rules.updates import Choice, Delivery, UpdateKind
from booking.rules.visibility import Viewer
from booking.web.fields import BaseForm

_DELIVERIES = (
    (Delivery.AT_ONCE.value, _l("At once")),
    (Delivery.DIGEST.value, _l("Daily digest")),
    (Delivery.NEVER.value, _l("No e-mail")),
)


def _delivery(label: Any, description: Any) -> Any:
    return RadioField(
        label,
        description=description,
        choices=list(_DELIVERIES),
        validators=[InputRequired(_l("Choose when to get an e-mail."))],
    )


class UpdateSettingsForm(BaseForm):
    """When each kind of update is mailed. Each field of a delivery is named after its kind."""

    to_decide = _delivery(
        _l("Requests to decide on"), _l("New requests and changes to bookings you decide on.")
    )
    answers = _delivery(
        _l("Answers to my requests"), _l("Decisions on your requests, and changes to them.")
    )
    messages = _delivery(_l("Messages"), _l("What others write about a booking."))
    reminders = _delivery(_l("Reminders"), _l("Answers that are due, and bookings coming up."))
    cluster = _delivery(
        _l("Accounts and organisation"), _l("New members, and requests that nobody can decide on.")
    )
    catalogue = _delivery(
        _l("The catalogue"),
        _l("New facilities that your saved searches find, and facts that you keep to confirm."),
    )
    every_step = BooleanField(
        _l("Tell me about every step in my cluster"),
        description=_l(
            "As coordinator you are told where no approver can decide, and when an answer is "
            "overdue. Tick this to be told of everything that approvers handle, too."
        ),
    )
    details = BooleanField(
        _l("Show titles of requests and how to arrive in e-mails"),
        description=_l("Otherwise they have reference, facility and time only."),
    )
    invitations = BooleanField(
        _l("Send me my confirmed dates as calendar invitations"),
        description=_l(
            "Each confirmed date of your own requests comes by e-mail and puts itself into your "
            "calendar. If it is moved or cancelled, your calendar follows. You do not need to "
            "answer."
        ),
    )

    @classmethod
    def of(cls, choice: Choice, viewer: Viewer) -> UpdateSettingsForm:
        """Return the form with what holds now, and only with what concerns this person."""
        form = cls(
            data={
                **{kind.value: choice.delivery(kind).value for kind in UpdateKind},
                "every_step": choice.every_step,
                "details": choice.details,
                "invitations": choice.invitations,
            }
        )
        if not viewer.coordinates:
            del form.every_step
            if not viewer.approves:
                del form.to_decide
        if viewer.organisation_id is None:
            del form.answers, form.invitations
        return form

    def choice(self, before: Choice) -> Choice:
        """Return what was chosen; what the form does not show stays as `before`."""
        return Choice(
            {
                kind: Delivery(self[kind].data) if kind in self else before.delivery(kind)
                for kind in UpdateKind
            },
            every_step=self.every_step.data if "every_step" in self else before.every_step,
            details=self.details.data,
            invitations=self.invitations.data if "invitations" in self else before.invitations,
        )
