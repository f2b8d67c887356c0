"""Sensitive notes hang on consent; consent is only ever added to; preferences are what was said last."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from server.customers import errors
from server.customers.commands import ChangeConsent, SetContactPreferences, WriteServiceNote
from server.customers.consent_scopes import ConsentScope
from server.customers.fact_sources import FactSource
from server.customers.note_kinds import NoteKind
from server.customers.service import consents, notes
from server.customers.service.notes import NEEDED_CONSENT
from server.customers.tables import Consent, ServiceNote
from server.errors import NotFound
from tests.customers.clinic import Clinic


@pytest.fixture
async def customer_id(clinic: Clinic) -> UUID:
    return (await clinic.add(staff_id=await clinic.staff())).customer.id


async def write(clinic: Clinic, customer_id: UUID, kind: NoteKind, **given: Any) -> ServiceNote:
    async with clinic.brand.work() as work:
        command = WriteServiceNote(customer_id=customer_id, kind=kind, text="What happened.", **given)
        return await notes.write_service_note(work, command)


async def say(clinic: Clinic, customer_id: UUID, scope: ConsentScope, granted: bool, **given: Any) -> Consent:
    command = ChangeConsent(customer_id=customer_id, scope=scope, source=FactSource.FORM, **given)
    async with clinic.brand.work() as work:
        return await (consents.record_consent if granted else consents.withdraw_consent)(work, command)


def test_every_sensitive_kind_needs_a_consent_and_no_other_does() -> None:
    assert set(NEEDED_CONSENT) == {kind for kind in NoteKind if kind.sensitive}


@pytest.mark.parametrize("kind", list(NEEDED_CONSENT))
async def test_a_sensitive_note_needs_the_customers_consent(clinic: Clinic, customer_id: UUID, kind: NoteKind) -> None:
    scope = NEEDED_CONSENT[kind]
    with pytest.raises(errors.ConsentMissing) as refusal:
        await write(clinic, customer_id, kind)
    assert (refusal.value.field, refusal.value.facts) == (("kind",), {"scope": scope.value})
    assert await clinic.brand.count("service_notes") == 0

    await say(clinic, customer_id, scope, True)
    assert (await write(clinic, customer_id, kind)).sensitive is True
    await say(clinic, customer_id, scope, False)
    with pytest.raises(errors.ConsentMissing):
        await write(clinic, customer_id, kind)


async def test_the_newest_word_holds_not_the_last_recorded(clinic: Clinic, customer_id: UUID) -> None:
    scope = ConsentScope.SENSITIVE_HEALTH
    withdrawn = await say(clinic, customer_id, scope, False)
    await say(clinic, customer_id, scope, True, occurred_at=withdrawn.occurred_at - timedelta(days=1))
    with pytest.raises(errors.ConsentMissing):
        await write(clinic, customer_id, NoteKind.DIAGNOSIS)


async def test_a_plain_note_needs_none(clinic: Clinic, customer_id: UUID) -> None:
    before = len(await clinic.brand.events())
    note = await write(clinic, customer_id, NoteKind.PREFERENCE)
    assert note.sensitive is False
    assert [type for _, type in (await clinic.brand.events())[before:]] == ["note.written"]


async def test_a_note_names_only_what_is_the_customers(clinic: Clinic, customer_id: UUID) -> None:
    other = await clinic.add(staff_id=await clinic.staff("Zhao"), phone="13800009999")
    assert other.case is not None
    with pytest.raises(NotFound, check=lambda refusal: refusal.field == ("case_id",)):
        await write(clinic, customer_id, NoteKind.GENERAL, case_id=other.case.id)
    with pytest.raises(NotFound, check=lambda refusal: refusal.field == ("subject_id",)):
        await write(clinic, customer_id, NoteKind.GENERAL, subject_id=other.case.id)


async def test_consents_are_added_never_changed(clinic: Clinic, customer_id: UUID) -> None:
    before = len(await clinic.brand.events())
    await say(clinic, customer_id, ConsentScope.MARKETING, True, evidence="form 12")
    await say(clinic, customer_id, ConsentScope.MARKETING, False)
    rows = await clinic.fetch(
        "SELECT c.granted, w.words FROM consents c LEFT JOIN fact_words w ON w.fact_id = c.id ORDER BY c.id"
    )
    assert [tuple(row) for row in rows] == [(True, "form 12"), (False, None)]
    assert [type for _, type in (await clinic.brand.events())[before:]] == ["consent.recorded", "consent.withdrawn"]


async def test_preferences_become_exactly_what_is_said(clinic: Clinic, customer_id: UUID) -> None:
    async def prefer(*refused: dict[str, str]) -> list[str]:
        before = len(await clinic.brand.events())
        async with clinic.brand.work() as work:
            command = SetContactPreferences.model_validate({"customer_id": customer_id, "refused": refused})
            await consents.set_contact_preferences(work, command)
        return [type for _, type in (await clinic.brand.events())[before:]]

    sms, promotion = {"medium": "SMS"}, {"purpose": "PROMOTION"}
    assert await prefer(sms, promotion, sms) == ["preference.refused", "preference.refused"]
    assert await prefer(promotion, sms) == []
    assert await prefer({**sms, **promotion}) == ["preference.lifted", "preference.lifted", "preference.refused"]
    rows = await clinic.fetch("SELECT purpose, medium FROM contact_preferences")
    assert [tuple(row) for row in rows] == [("PROMOTION", "SMS")]
    with pytest.raises(errors.RefusesEverything) as refusal:
        await prefer({})
    assert refusal.value.field == ("refused", "0")
