"""Who sees and does what in the directory of expertise, and its limits."""

from collections.abc import Set
from datetime import timedelta

from booking.rules.lifecycle import Side
from booking.rules.visibility import Viewer

#: A cluster keeps at most so many areas, each with so many people and subjects.
MOST_AREAS = 100
MOST_PEOPLE = 10
MOST_SUBJECTS = 6
#: So many questions can one person begin within a day, and each side write on within an hour.
MOST_QUESTIONS_A_DAY = 5
MOST_MESSAGES_AN_HOUR = 10
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def side_in_question(
    viewer: Viewer, asked_by_id: int, cluster_id: int, answering_ids: Set[int]
) -> Side | None:
    """Return on which side the viewer reads and writes a question, None: on neither.

    Who asked stays on that side, also where they answer the questions of others. All others answer
    who coordinate the cluster or agreed to be shown with the area (`answering_ids`).
    """
    if viewer.person_id is None:
        return None
    if viewer.person_id == asked_by_id:
        return Side.REQUESTER
    answers = cluster_id in viewer.coordinates or viewer.person_id in answering_ids
    return Side.OWNER if answers else None
