"""Undoing a confirmation that nobody has read yet."""

from flask import flash, redirect
from flask_babel import gettext

from booking.decisions.blueprint import blueprint
from booking.decisions.decision_views import conflict_page
from booking.decisions.forms import UndoForm
from booking.decisions.listing import list_filters
from booking.decisions.undoing import undo_confirmation
from booking.decisions.views import review_for
from booking.errors import Conflict, NotFound
from booking.web.access import decider, the_account
from booking.web.responses import ViewResponse


@blueprint.post("/inbox/<string:reference>/undo")
@decider
def undo(reference: str) -> ViewResponse:
    """Undo the confirmation of these dates, and show their request again."""
    review, form = review_for(reference), UndoForm()
    uids = form.dates.data or ()
    booking = next(
        (one for one in review.bookings if uids and {d.uid for d in one.dates} >= set(uids)), None
    )
    if booking is None:
        raise NotFound("date")
    ids = booking.ids_of(uids)
    try:
        undo_confirmation(the_account(), booking.id, ids)
    except Conflict as conflict:
        return conflict_page(review.reference, booking, ids, conflict.code, "")
    flash(gettext("The confirmation is undone. The request waits again."), "success")
    return redirect(list_filters().address("decisions.show", reference=review.reference))
