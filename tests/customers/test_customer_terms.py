"""Which identities prove a customer, and which notes are for cleared eyes."""

from __future__ import annotations

from server.customers.identity_kinds import IdentityKind
from server.customers.note_kinds import NoteKind


def test_only_ids_that_belong_to_one_person_are_strong() -> None:
    assert {kind.value for kind in IdentityKind if kind.strong} == {
        "PHONE",
        "EMAIL",
        "WECOM_EXTERNAL_USERID",
        "MEMBER_ID",
    }


def test_sensitive_notes() -> None:
    assert {kind.value for kind in NoteKind if kind.sensitive} == {
        "DIAGNOSIS",
        "TREATMENT",
        "ALLERGY",
        "LEARNING",
        "FINANCE",
    }


def test_notes_about_minors_are_sensitive() -> None:
    assert {kind for kind in NoteKind if kind.about_minor} == {NoteKind.LEARNING}
    assert NoteKind.LEARNING.sensitive


def test_an_allergy_warns_everybody_who_serves() -> None:
    assert {kind for kind in NoteKind if kind.warns_all_serving} == {NoteKind.ALLERGY}
