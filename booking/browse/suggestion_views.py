"""What is offered while somebody types into the question, as JSON."""

from flask import jsonify
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response

from booking.browse.blueprint import blueprint
from booking.facilities.queries import filter_values
from booking.search.facet_words import group_word
from booking.search.facets import FilterBy
from booking.search.query_string import Question, chosen_url, read_question
from booking.search.reader_words import reader_words
from booking.search.suggestions import Suggestion, suggestions
from booking.web.access import public
from booking.web.links import link
from booking.wording import formats
from booking.wording.words import kind_word


@blueprint.get("/suggestions.json")
@public
def suggest() -> Response:
    """Return what to offer for the text of a question: what it is called, and where it leads.

    It takes the arguments of a search; `what` is the text.

        {"status": "2 suggestions", "suggestions": [
            {"text": [["Drone ", false], ["fl", true], ["ight testing", false]], "also": [],
             "note": "What can be done: 9 facilities", "icon": "chip",
             "url": "/facilities?capability=drone-flight-testing"}, ...]}
    """
    question = read_question(filter_values())
    # Days that are wrong are no reason to offer nothing.
    text = "" if question.form.what.errors else question.form.what.data or ""
    found = suggestions(text, question.filters, reader_words())
    status = ngettext("%(num)s suggestion", "%(num)s suggestions", len(found))
    return jsonify(
        status=status if found else gettext("No suggestions"),
        suggestions=[_shown(one, question) for one in found],
    )


def _shown(one: Suggestion, question: Question) -> dict[str, object]:
    if one.facility is not None:
        note = formats.listed([kind_word(one.facility.kind), one.facility.cluster.short_name])
        url = link("browse.facility", slug=one.facility.slug)
        icon = one.facility.kind.replace(" ", "-")
    else:
        by = one.by or FilterBy.SUBJECT
        note = ngettext(
            "%(what)s: %(num)s facility",
            "%(what)s: %(num)s facilities",
            one.count,
            what=group_word(by),
        )
        url = chosen_url(question, "browse.facilities", by, one.value)
        icon = _ICONS.get(by, "subject")
    return {"text": one.text, "also": one.also, "note": note, "url": url, "icon": icon}


_ICONS = {
    FilterBy.HAZARD: "hazard",
    FilterBy.CLUSTER: "cluster",
    FilterBy.CITY: "place",
    FilterBy.COUNTRY: "place",
    FilterBy.KIND: "facility",
    FilterBy.EQUIPMENT: "settings",
    FilterBy.CAPABILITY: "check",
}
