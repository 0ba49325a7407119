"""What administrators do with the mail of the site."""

import pytest
import sqlalchemy as sa

from booking.accounts.account_mail import AccountMailKind, queue_account_mail
from booking.accounts.models import AccountMail, Person
from booking.accounts.queries import account_of
from booking.audit.models import AuditEntry
from booking.db.transactions import writing
from booking.errors import Forbidden
from booking.extensions import db
from booking.notices import pausing
from booking.notices.mail_queue import MailKind as Kind
from booking.notices.mail_queue import MailName, forget_failed, mail_numbers, send_again
from booking.notices.models import MailState
from tests.conftest import NOW
from tests.factories import make_person

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.mark.parametrize(
    "step",
    [
        pausing.pause,
        pausing.resume,
        lambda actor: send_again(None, actor),
        lambda actor: forget_failed([MailName(Kind.ACCOUNT, 1)], actor),
    ],
)
def test_who_is_no_administrator_any_more_does_nothing_with_the_mail(step):
    ada = make_person(is_admin=True)
    account = account_of(ada.id)  # as the page knew them a moment ago
    with writing() as now:
        queue_account_mail(AccountMailKind.PASSWORD_CHANGED, ada.email, now, person_id=ada.id)
        db.session.flush()
        db.session.execute(sa.update(AccountMail).values(mail_failed_at=now))
        db.session.get(Person, ada.id).is_admin = False

    with pytest.raises(Forbidden):
        step(account)

    db.session.rollback()
    assert mail_numbers().failed == 1
    assert db.session.get_one(MailState, 1).paused_at is None
    assert db.session.scalar(sa.select(sa.func.count()).select_from(AuditEntry)) == 0


def test_mails_are_counted_by_whether_they_wait_are_due_or_failed():
    anna = make_person()
    with writing() as now:
        for _ in range(3):
            queue_account_mail(AccountMailKind.PASSWORD_CHANGED, anna.email, now, person_id=anna.id)
        db.session.flush()
        first, second, _third = db.session.scalars(sa.select(AccountMail))
        first.mail_failed_at = now
        second.mail_due_at = now.replace(year=now.year + 1)

    found = mail_numbers()

    assert (found.waiting, found.due, found.due_since, found.failed) == (2, 1, NOW, 1)
