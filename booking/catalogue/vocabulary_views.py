"""Pages of the vocabulary: all concepts, one concept with its words and sources, and the file."""

import json

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from booking.catalogue.file_views import file_response
from booking.catalogue.views import blueprint
from booking.catalogue.vocabulary_queries import (
    filter_of,
    listed_concepts,
    shown_concept,
    vocabulary_file,
)
from booking.concepts.normalise import LANGUAGES
from booking.concepts.vocabulary import CONCEPTS, Facet, present_ids
from booking.concepts.word_sources import ABBREVIATIONS
from booking.web.access import public
from booking.web.links import absolute_url
from booking.web.responses import ViewResponse
from booking.wording.concepts import concept_word, facet_word
from booking.wording.facts import language_name


@blueprint.get("/vocabulary")
@public
def vocabulary() -> str:
    """List all concepts, or those in whose names a text is, by what they say of a facility."""
    text = request.args.get("what", "")[:100]
    facet = _facet(request.args.get("facet", ""))
    return render_template(
        "catalogue/vocabulary.html",
        text=text,
        facet=facet,
        facets=list(Facet),
        found=sorted(
            listed_concepts(text, facet),
            key=lambda one: concept_word(one.concept.id).casefold(),
        ),
        total=len(CONCEPTS),
        facet_word=facet_word,
        word=concept_word,
    )


@blueprint.get("/vocabulary/<string:concept>")
@public
def concept(concept: str) -> ViewResponse:
    """Show one concept: its words in all languages, and the source of each."""
    (present,) = present_ids([concept])
    if present != concept:
        return redirect(url_for("catalogue.concept", concept=present))
    found = shown_concept(concept)
    return render_template(
        "catalogue/concept.html",
        found=found,
        found_by=filter_of(found.concept),
        word=concept_word,
        facet_word=facet_word,
        languages=LANGUAGES,
        abbreviations=ABBREVIATIONS,
        language_name=language_name,
    )


@blueprint.get("/vocabulary.json")
@public
def vocabulary_as_json() -> Response:
    """Send the vocabulary with the source of each word."""
    content = {"address": absolute_url("catalogue.vocabulary"), **vocabulary_file()}
    text = json.dumps(content, ensure_ascii=False, indent=1)
    return file_response(text, "application/json", "vocabulary.json")


def _facet(name: str) -> Facet | None:
    try:
        return Facet(name)
    except ValueError:
        return None
