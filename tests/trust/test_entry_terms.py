"""The words an entry is written in."""

from __future__ import annotations

from server.terms import Locale
from server.trust.entry_terms import CauseType, TrustEntryReason
from server.trust.reasons import TrustCause, TrustReason

BY_ITSELF = {TrustEntryReason.OPENED, TrustEntryReason.CEILING_CUT}


def test_an_account_moves_by_the_reasons_of_the_rules_and_by_itself() -> None:
    assert {reason.value for reason in TrustEntryReason} == {reason.value for reason in TrustReason} | BY_ITSELF


def test_an_entry_calls_a_reason_what_the_rules_call_it() -> None:
    for reason in TrustReason:
        entry = TrustEntryReason(reason.value)
        assert [entry.label(locale) for locale in Locale] == [reason.label(locale) for locale in Locale]
        assert entry.meaning == reason.meaning


def test_a_cause_is_one_of_those_the_rules_name() -> None:
    of_the_rules = {cause.value for cause in TrustCause} | {"Order"}  # of TrustCause.ORDER_OR_TOUCHPOINT
    assert {cause.value for cause in CauseType} <= of_the_rules
