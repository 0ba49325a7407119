"""`flask check-data`: prints what is wrong with the stored data."""

import click
from flask.cli import with_appcontext
from sqlalchemy.exc import OperationalError, ProgrammingError

from booking.data_check.queries import find_faults
from booking.rules.data_faults import FaultCode

TEXTS = {
    FaultCode.NO_PLACES: "takes no place",
    FaultCode.TOO_FEW_PLACES: "takes too few places at some time",
    FaultCode.TOO_MANY_PLACES: "takes too many places at some time",
    FaultCode.SLOT_NOT_COVERED: "does not take its places for all of its time",
    FaultCode.OTHER_FACILITYS_PLACE: "takes a place of another facility",
    FaultCode.CONFIRMED_BUT_HELD: "is confirmed, but its places are only held",
    FaultCode.HOLD_ENDS_AT_ANOTHER_TIME: "holds places until another time than it expires",
    FaultCode.NEVER_EXPIRES: "is open and never expires",
    FaultCode.ENDED_BUT_TAKES: "has ended, but still takes places",
    FaultCode.OTHER_FACILITY_THAN_BOOKING: "is of another facility than its booking",
    FaultCode.CLOSED_BUT_NOT_AFFECTED: "lies in a closure, but is not marked as affected",
    FaultCode.ENDED_BUT_AFFECTED: "has ended, but still waits as affected",
    FaultCode.REPLACES_DATE_OF_OTHER_REQUEST: "is in the place of a date of another request",
    FaultCode.NOT_IN_LOG: "is missing in its log",
    FaultCode.STATE_NOT_FROM_LOG: "has another state than its log says",
    FaultCode.LOG_DOES_NOT_FOLLOW: "has a log in which one state does not follow from the last",
    FaultCode.LOG_OF_OTHER_BOOKING: "stands in the log of another booking",
    FaultCode.OVERLAP: "overlaps another date on the same place",
    FaultCode.CYCLE: "is part of itself",
    FaultCode.WRONG_ROOT: "has a wrong top of its tree",
    FaultCode.OTHER_CLUSTER: "is part of a facility of another cluster",
    FaultCode.TIMETABLES_OVERLAP: "has two weekly hours for the same day",
    FaultCode.NO_ORGANISATION: "was sent by nobody's organisation",
    FaultCode.NO_DATES: "has no dates",
    FaultCode.NOTICE_OF_OTHER_BOOKING: "is about another booking than its log",
    FaultCode.MESSAGE_OF_OTHER_BOOKING: "is about another booking than its log",
    FaultCode.MISSING_ROW: "refers to a row that does not exist",
    FaultCode.MISSING_FILE: "its bytes are missing from the folder of files, or are incomplete",
    FaultCode.NO_OVERLAP_GUARD: "has lost what refuses overlaps: run the migrations again",
}


@click.command("check-data")
@with_appcontext
def check_data() -> None:
    """Check what must always be true of the data, and print each thing that is wrong.

    Only reads. The exit status is 1 if anything is wrong.
    """
    number = 0
    try:
        for fault in find_faults():
            number += 1
            click.echo(f"{fault.where}: {TEXTS[fault.code]}")
    except (OperationalError, ProgrammingError) as error:
        raise click.ClickException(
            "The database does not answer or was not migrated. If it is new: flask db upgrade"
        ) from error
    if number:
        click.echo(f"{number} wrong")
        raise SystemExit(1)
    click.echo("nothing wrong")


groups: tuple[click.Command, ...] = (check_data,)
