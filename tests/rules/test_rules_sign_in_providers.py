"""Providers of single sign-on: how they are stated, and what their claims mean."""

from datetime import UTC, datetime

import pytest

from booking.rules.sign_in_providers import (
    ProvidedIdentity,
    ProviderFault,
    authenticated_at,
    gave_second_factor,
    identity_from,
    is_safe_endpoint,
    providers_from,
    secret_variable,
)

ISSUER = "https://login.uni.example"
STATED = {"name": "Uni", "issuer": ISSUER, "client_id": "booking"}
CLAIMS = {"sub": "7", "name": "Anna", "email": "a@uni.example", "email_verified": True}


def stated(key="uni", secret="x" * 20, **changes):
    values = {name: value for name, value in {**STATED, **changes}.items() if value is not None}
    return providers_from({key: values}, {key: secret}.get)


def test_a_provider_has_a_name_an_issuer_a_client_and_a_secret():
    (provider,) = stated(cluster="tampere", second_factor=["mfa"])

    assert (provider.key, provider.issuer, provider.cluster_slug) == ("uni", ISSUER, "tampere")
    assert provider.second_factor == {"mfa"}
    assert "client_secret" not in repr(provider)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"key": "Uni"}, "names of providers"),
        ({"key": "a" * 31}, "names of providers"),
        ({"name": None}, "uni has no name"),
        ({"issuer": ""}, "uni has no issuer"),
        ({"issuer": "http://login.uni.example"}, "must begin with https://"),
        ({"issuer": "https://x@login.uni.example"}, "must begin with https://"),
        ({"client_id": 7}, "uni has no client_id"),
        ({"client_secret": "in the file"}, "unknown entry: client_secret"),
        ({"second_factor": "mfa"}, "must be a list"),
        ({"cluster": ["tampere"]}, "must be the slug"),
        ({"secret": None}, "SIGN_IN_SECRET_UNI must be set"),
    ],
)
def test_what_is_stated_wrongly_is_named(changes, says):
    with pytest.raises(ProviderFault, match=says) as fault:
        stated(**changes)

    assert "in the file" not in str(fault.value)


def test_two_providers_cannot_have_one_issuer():
    with pytest.raises(ProviderFault, match="issuer of another provider"):
        providers_from({"one": STATED, "two": STATED}, lambda key: "s")


def test_the_secret_has_a_variable_of_its_own():
    assert secret_variable("uni-tampere") == "SIGN_IN_SECRET_UNI_TAMPERE"


@pytest.mark.parametrize(
    ("address", "is_safe"),
    [
        ("https://login.uni.example/token", True),
        ("http://localhost:9400", True),
        ("http://127.0.0.1/x", True),
        ("http://login.uni.example", False),
        ("ftp://localhost", False),
        ("https://", False),
        ("https://login.uni.example#x", False),
        ("https://[", False),
        ("/token", False),
        (None, False),
        ({"a": 1}, False),
    ],
)
def test_endpoints_are_https_or_on_this_machine(address, is_safe):
    assert is_safe_endpoint(address) is is_safe


def test_name_and_address_count_only_where_the_address_is_verified():
    assert identity_from(CLAIMS, ISSUER) == ProvidedIdentity(
        issuer=ISSUER, subject="7", name="Anna", email="a@uni.example"
    )
    for verified in (False, None, "true", 1):
        identity = identity_from({**CLAIMS, "email_verified": verified}, ISSUER)
        assert identity == ProvidedIdentity(issuer=ISSUER, subject="7")
        assert not identity.is_verified


@pytest.mark.parametrize("subject", [None, "", 7, ["7"], "a" * 256, "a\0b", " 7"])
def test_a_subject_is_a_text_of_at_most_255_characters(subject):
    assert identity_from({**CLAIMS, "sub": subject}, ISSUER) is None


@pytest.mark.parametrize("email", [None, "", "anna", 7, "a b@x", "ä@x.example", "a@x\n", "a@@x"])
def test_what_is_no_address_is_not_verified(email):
    assert not identity_from({**CLAIMS, "email": email}, ISSUER).is_verified


@pytest.mark.parametrize("name", [None, 7, "", "\u200b", "Anna\u202e", "a" * 121])
def test_a_name_that_is_none_is_left_out(name):
    assert identity_from({**CLAIMS, "name": name}, ISSUER).name == ""


@pytest.mark.parametrize(
    ("claims", "gave"),
    [
        ({"amr": ["pwd", "mfa"]}, True),
        ({"acr": "https://refeds.org/profile/mfa"}, True),
        ({"amr": ["pwd"], "acr": "0"}, False),
        ({"amr": "mfa"}, False),
        ({"amr": [["mfa"], {}], "acr": {}}, False),
        ({}, False),
    ],
)
def test_a_second_factor_is_what_the_provider_was_stated_to_say(claims, gave):
    assert gave_second_factor(claims, {"mfa", "https://refeds.org/profile/mfa"}) is gave
    assert not gave_second_factor(claims, ())


@pytest.mark.parametrize(
    ("auth_time", "at"),
    [
        (1_700_000_000, datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)),
        ("1700000000", None),
        (True, None),
        (10**30, None),
        (float("nan"), None),
        (None, None),
    ],
)
def test_a_provider_says_in_seconds_when_it_last_made_sure(auth_time, at):
    assert authenticated_at({"auth_time": auth_time}) == at
