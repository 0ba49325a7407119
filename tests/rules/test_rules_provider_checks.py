"""What a provider of single sign-on says of itself, and what follows from it."""

from datetime import UTC, datetime, timedelta

import pytest

from booking.rules.provider_checks import (
    LEEWAY,
    Answered,
    Finding,
    Point,
    Reply,
    Verdict,
    ahead_by,
    judged,
)
from booking.rules.sign_in_providers import may_be_asked

ISSUER = "https://login.uni.example"
SAID = {
    "issuer": ISSUER,
    "response_types_supported": ["code"],
    "code_challenge_methods_supported": ["plain", "S256"],
    "id_token_signing_alg_values_supported": ["RS256"],
    "claims_supported": ["sub", "email_verified"],
}
KEYS = Reply(Answered.WELL, content={"keys": []})
NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)


def check(ahead=timedelta(0), **said):
    reply = Reply(Answered.WELL, content={**SAID, **said}, ahead=ahead)
    return {one.point: one for one in judged(ISSUER, reply, "", KEYS, 2)}


def test_a_provider_that_offers_what_is_used_is_good_in_all_points():
    found = check()

    assert {one.verdict for one in found.values()} == {Verdict.GOOD}
    assert set(found) == set(Point) - {Point.ENDPOINTS}
    assert found[Point.KEYS].value == "2"


@pytest.mark.parametrize(
    ("said", "point", "verdict"),
    [
        ({"issuer": ISSUER + "/"}, Point.ISSUER, Verdict.WRONG),
        ({"issuer": None}, Point.ISSUER, Verdict.WRONG),
        ({"response_types_supported": ["id_token"]}, Point.CODE_FLOW, Verdict.WRONG),
        ({"response_types_supported": None}, Point.CODE_FLOW, Verdict.UNSURE),
        ({"code_challenge_methods_supported": ["plain"]}, Point.PKCE, Verdict.WRONG),
        ({"code_challenge_methods_supported": None}, Point.PKCE, Verdict.UNSURE),
        ({"id_token_signing_alg_values_supported": ["HS256"]}, Point.SIGNATURES, Verdict.WRONG),
        ({"id_token_signing_alg_values_supported": None}, Point.SIGNATURES, Verdict.WRONG),
        ({"claims_supported": "email_verified"}, Point.VERIFIED_ADDRESS, Verdict.UNSURE),
        ({"ahead": LEEWAY + timedelta(seconds=1)}, Point.CLOCK, Verdict.WRONG),
        ({"ahead": -LEEWAY - timedelta(seconds=1)}, Point.CLOCK, Verdict.WRONG),
        ({"ahead": LEEWAY}, Point.CLOCK, Verdict.GOOD),
    ],
)
def test_what_signing_in_needs_is_wrong_if_it_is_not_offered_and_unsure_if_it_is_not_said(
    said, point, verdict
):
    found = check(**said)

    assert found.pop(point).verdict is verdict
    assert {one.verdict for one in found.values()} == {Verdict.GOOD}


def test_of_a_provider_that_does_not_answer_nothing_else_is_said():
    for reply in (Reply(Answered.TOO_LATE), Reply(Answered.STATUS, 503)):
        found = judged(ISSUER, reply, "jwks_uri", None, 0)
        assert found == [Finding(Point.REACHABLE, Verdict.WRONG, reply.answered, str(reply.status))]
    nonsense = judged(ISSUER, Reply(Answered.WELL, content=["x"]), "jwks_uri", None, 0)
    assert nonsense == [Finding(Point.REACHABLE, Verdict.WRONG, Answered.NONSENSE)]


@pytest.mark.parametrize(
    ("asked", "answered", "seconds"),
    [
        (0, 0.4, 0),
        (0.9, 1.4, 0),  # the header has whole seconds
        (-3, 0.5, 0),  # somewhere within the three seconds that it took
        (-90.5, -90, 90),
        (91, 92, -90),
    ],
)
def test_a_clock_differs_by_what_whole_seconds_and_the_way_cannot_explain(asked, answered, seconds):
    begun, ended = (NOW + timedelta(seconds=one) for one in (asked, answered))

    assert ahead_by(NOW, begun, ended) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("address", "issuer", "may"),
    [
        ("https://keys.uni.example/x", ISSUER, True),
        ("http://keys.uni.example/x", ISSUER, False),
        ("http://127.0.0.1:5432/", ISSUER, False),
        ("https://localhost/x", ISSUER, False),
        ("https://localhost./x", ISSUER, False),
        ("https://[::1]/x", ISSUER, False),
        ("https://[::ffff:127.0.0.1]/x", ISSUER, False),
        ("https://0.0.0.0/x", ISSUER, False),
        ("https://127.1/x", ISSUER, False),
        ("https://0x7f000001/x", ISSUER, False),
        ("https://192.0.2.1/x", ISSUER, True),
        ("http://127.0.0.1:9/keys", "http://127.0.0.1:9", True),
        (None, ISSUER, False),
    ],
)
def test_a_provider_elsewhere_cannot_have_this_machine_asked(address, issuer, may):
    assert may_be_asked(address, issuer) is may
