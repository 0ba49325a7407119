"""Proposed concepts in words."""

from collections.abc import Callable

from booking.concepts.vocabulary import CONCEPTS, MERGED_FACETS, Facet, present_vocabulary
from booking.manage.proposals.queries import ShownProposal
from booking.rules.concept_proposals import MergeFault, ProposalState
from booking.wording.concepts import concept_word
from booking.wording.facts import language_name
from booking.wording.translator import gettext


def concept_choices(
    *, without: str = "", empty: bool = False, subjects: bool = True
) -> list[tuple[str, str]]:
    """Return the concepts to choose from, by their words; `empty`: none may be chosen.

    `subjects`: also subjects, beside what facilities offer.
    """
    found = sorted(
        (
            (one.id, concept_word(one.id))
            for one in CONCEPTS.values()
            if one.id != without
            and (one.facet in MERGED_FACETS or (subjects and one.facet is Facet.SUBJECT))
        ),
        key=lambda one: one[1].casefold(),
    )
    return [("", gettext("nothing in particular")), *found] if empty else found


def names_lines(one: ShownProposal) -> list[tuple[str, str]]:
    """Return each language with the names in it."""
    return [(language_name(code), ", ".join(names)) for code, names in one.names.items()]


def proposal_word(one: ShownProposal) -> str:
    """Return what a proposed concept is called: by its English name."""
    return one.names["en"][0]


def state_text(one: ShownProposal) -> str:
    """Return what became of a proposal."""
    if one.state is ProposalState.ACCEPTED and one.concept_id in present_vocabulary().instead:
        return gettext(
            "Accepted, and merged since: “%(other)s” takes its place.",
            other=concept_word(present_vocabulary().instead[one.concept_id]),
        )
    return _STATES[one.state](one)


_STATES: dict[ProposalState, Callable[[ShownProposal], str]] = {
    ProposalState.WAITING: lambda _: gettext("Waits for an administrator."),
    ProposalState.ACCEPTED: lambda _: gettext("Accepted: it is in the vocabulary."),
    ProposalState.MERGED: lambda one: gettext(
        "Merged: “%(other)s” takes its place.", other=concept_word(one.merged_into or "")
    ),
    ProposalState.DECLINED: lambda one: gettext("Declined: %(why)s", why=one.answer),
}


def merge_fault_text(fault: MergeFault) -> str:
    """Return why a concept cannot be merged into the one that was chosen."""
    if fault is MergeFault.ITSELF:
        return gettext("This is the concept itself. Choose another one.")
    if fault is MergeFault.NARROWER:
        return gettext(
            "This is a kind of the concept that would go. Choose one that is not, or merge that "
            "one first."
        )
    if fault is MergeFault.MERGED:
        return gettext("This one was merged into another itself. Choose one that is there.")
    if fault is MergeFault.CODE:
        return gettext("Only capabilities and equipment can be merged. Choose one of these.")
    return gettext("Choose a concept of the vocabulary.")


def name_taken_text(name: str, concept_id: str) -> str:
    """Return that a name means another concept."""
    word = concept_word(concept_id)
    if name.casefold() == word.casefold():
        return gettext(
            "“%(name)s” is in the vocabulary already. Choose it for your facility, or use another "
            "name.",
            name=name,
        )
    return gettext(
        "“%(name)s” means “%(concept)s” already. Choose that for your facility, or use another "
        "name.",
        name=name,
        concept=word,
    )
