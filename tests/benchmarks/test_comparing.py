"""Answers are the same where they mean the same, and different where anything else differs."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks import comparing
from benchmarks.operations import MERCURIUS, ONE, OPERATIONS, POSTGRAPHILE, SHUKE, Subject
from server.ids import global_id

ID = "0192aa00-0000-7000-8000-000000000001"
OURS: dict[str, Any] = {
    "customer": {
        "id": global_id("Customer", ID),
        "name": "王伟",
        "addedAt": "2026-01-02T03:04:05.600000Z",
        "version": 2,
        "endCursor": "a",
    }
}
THEIRS: dict[str, Any] = {
    "customer": {"id": ID, "name": "王伟", "addedAt": "2026-01-02 03:04:05.6+00", "version": "2", "endCursor": "b"}
}


def test_ids_times_and_numbers_may_be_written_differently() -> None:
    comparing.require_same("one", {"ours": OURS, "theirs": THEIRS}, made=False)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("id", ID.replace("1", "2")),
        ("name", "王玮"),
        ("addedAt", "2026-01-02 03:04:05.7+00"),
        ("version", "3"),
        ("endCursor", None),
    ],
)
def test_anything_else_is_a_difference(name: str, value: object) -> None:
    theirs = {"customer": {**THEIRS["customer"], name: value}}
    with pytest.raises(comparing.Different, match=f"data.customer.{name}"):
        comparing.require_same("one", {"ours": OURS, "theirs": theirs}, made=False)


def test_a_field_more_is_a_difference() -> None:
    theirs = {"customer": {**THEIRS["customer"], "kind": "PERSON"}}
    with pytest.raises(comparing.Different):
        comparing.require_same("one", {"ours": OURS, "theirs": theirs}, made=False)


def test_nothing_at_all_is_no_answer() -> None:
    with pytest.raises(comparing.Different, match="answered nothing"):
        comparing.require_same("one", {"ours": {"customer": None}, "theirs": {"customer": None}}, made=False)


def test_of_a_row_just_made_the_id_and_the_time_are_its_own() -> None:
    one, other = {"id": "a", "occurredAt": "x", "medium": "SMS"}, {"id": "b", "occurredAt": "y", "medium": "SMS"}
    comparing.require_same("made", {"ours": one, "theirs": other}, made=True)


def test_documents_that_vary_hold_their_values() -> None:
    subject = Subject("t", "k", ID, "s", "g", "n")
    assert ONE.wordings[MERCURIUS].inlined(subject) == {
        "query": f'query {{ customer(id: "{ID}") {{ id name kind addedAt trust {{ balance }} }} }}'
    }


def test_every_read_is_asked_of_every_peer_that_can() -> None:
    asked = {one.key: set(one.wordings) for one in OPERATIONS}
    everybody = {SHUKE, MERCURIUS, POSTGRAPHILE}
    assert asked == dict.fromkeys(("q1", "q2", "q3", "stage", "q4"), everybody) | {"search": {SHUKE, MERCURIUS}}
