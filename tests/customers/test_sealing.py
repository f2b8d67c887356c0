"""Identities are compared by fingerprint and opened by nobody else's key."""

from __future__ import annotations

import os
from uuid import uuid4

import pytest

from server.customers.identity_kinds import IdentityKind
from server.customers.sealing import SealBroken, Sealer

TENANT, OTHER = uuid4(), uuid4()
PHONE, EMAIL = IdentityKind.PHONE, IdentityKind.EMAIL


@pytest.fixture(scope="module")
def sealer() -> Sealer:
    return Sealer(os.urandom(32))


def test_what_is_sealed_can_be_opened_and_looks_different_each_time(sealer: Sealer) -> None:
    one, two = (sealer.seal(TENANT, PHONE, "+8613800001234") for _ in range(2))
    assert one != two
    assert sealer.open(TENANT, PHONE, one) == sealer.open(TENANT, PHONE, two) == "+8613800001234"
    assert "1234" not in one


def test_a_seal_holds_for_its_tenant_kind_and_key_only(sealer: Sealer) -> None:
    sealed = sealer.seal(TENANT, PHONE, "+8613800001234")
    with pytest.raises(SealBroken):
        sealer.open(OTHER, PHONE, sealed)
    with pytest.raises(SealBroken):
        sealer.open(TENANT, EMAIL, sealed)
    with pytest.raises(SealBroken):
        Sealer(os.urandom(32)).open(TENANT, PHONE, sealed)
    with pytest.raises(SealBroken):
        sealer.open(TENANT, PHONE, ("B" if sealed[20] == "A" else "A").join((sealed[:20], sealed[21:])))


def test_a_fingerprint_is_the_same_within_tenant_kind_and_namespace_only(sealer: Sealer) -> None:
    prints = {
        sealer.fingerprint(TENANT, PHONE, "", "1"),
        sealer.fingerprint(TENANT, PHONE, "", "1"),
        sealer.fingerprint(OTHER, PHONE, "", "1"),
        sealer.fingerprint(TENANT, EMAIL, "", "1"),
        sealer.fingerprint(TENANT, PHONE, "a", "1"),
        sealer.fingerprint(TENANT, PHONE, "", "2"),
        Sealer(os.urandom(32)).fingerprint(TENANT, PHONE, "", "1"),
    }
    assert len(prints) == 6
    assert {len(one) for one in prints} == {64}


def test_the_parts_of_a_fingerprint_cannot_be_shifted(sealer: Sealer) -> None:
    assert sealer.fingerprint(TENANT, IdentityKind.OTHER, "a|b", "c") != sealer.fingerprint(
        TENANT, IdentityKind.OTHER, "a", "b|c"
    )


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="must have 32 bytes"):
        Sealer(b"short")
