"""What proposed concepts may become."""

from booking.rules.concept_proposals import (
    MergeFault,
    concept_id_of,
    merge_fault,
    names_in,
)

BROADER = {"flight": (), "drone-flight": ("flight",), "indoor-flight": ("drone-flight",)}


def test_a_concept_is_merged_neither_into_itself_nor_into_a_kind_of_it():
    assert merge_fault("flight", "flight", BROADER) is MergeFault.ITSELF
    assert merge_fault("flight", "indoor-flight", BROADER) is MergeFault.NARROWER
    assert merge_fault("flight", "swimming", BROADER) is MergeFault.UNKNOWN
    assert merge_fault("indoor-flight", "flight", BROADER) is None


def test_names_stand_between_commas_and_ids_are_taken_once():
    assert names_in(" wave  tank, basin ,, wave tank ") == ["wave tank", "basin"]
    assert concept_id_of("wave tank (20 m)", {"wave-tank-20-m"}) == "wave-tank-20-m-2"
    assert concept_id_of("***", ()) == "concept"
