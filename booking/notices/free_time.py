"""Telling people of times that have become free; the worker calls it."""

from booking.alerts.models import FreeTimeAlert
from booking.alerts.queries import free_alerts, is_free
from booking.db import clock
from booking.db.transactions import retried, writing_by_rules
from booking.extensions import db
from booking.notices.choices import choices_of
from booking.notices.delivery import NewNotice, add_notices
from booking.rules.lifecycle import Audience


def tell_of_free_time() -> int:
    """Tell each person once that a time they asked about is free; returns how many were told.

    Raises:
        ExceptionGroup: some failed, each with a note that names the alert; the others are done.
    """
    found = [(one.id, one.facility_id) for one in free_alerts(clock.now())]
    db.session.rollback()
    told, failed = 0, []
    for alert_id, facility_id in found:
        try:
            told += _tell(alert_id, facility_id)
        except Exception as error:  # noqa: BLE001  # the others go on
            db.session.rollback()
            error.add_note(f"while telling of free time {alert_id}")
            failed.append(error)
    if failed:
        raise ExceptionGroup("some people were not told of free time", failed)
    return told


@retried
def _tell(alert_id: int, facility_id: int) -> bool:
    with writing_by_rules(facility_id) as now:
        alert = db.session.get(FreeTimeAlert, alert_id, populate_existing=True)
        if alert is None or alert.told_at is not None or not is_free(alert, now):
            return False
        alert.told_at = now
        told = NewNotice(alert.person_id, Audience.REQUESTER, free_time_alert_id=alert.id)
        add_notices([told], choices_of([alert.person_id]), now)
        return True
