"""Runs an operation through the planner and through the reference, and says where the two answers part.

The JSON must be equal to the order of its keys; only the order of errors is free. Where the planner is not to answer as
graphql-core does stands in `reference.refusals`, and is predicted, not excused.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from server.access.caller import Caller
from server.errors import RequestError
from server.planner.call import Call
from server.schema.gateway import Gateway
from server.terms import Locale
from tests.differential.generating import Operation
from tests.differential.reference.asking import Asker
from tests.differential.reference.executing import Answer


class Different(AssertionError):
    """The planner and the reference do not say the same."""


@dataclass(frozen=True)
class Voice:
    """One caller, as the gateway and as the reference know it."""

    name: str
    caller: Caller
    asker: Asker


def voice(name: str, caller: Caller, locale: str = "EN") -> Voice:
    assert caller.tenant_id is not None
    asker = Asker(
        tenant_id=caller.tenant_id,
        kind=caller.kind.value,
        staff_id=caller.staff_id,
        data_scope=caller.data_scope.value,
        permissions=frozenset(one.value for one in caller.permissions),
        locale=locale,
        expires_at=caller.expires_at,
    )
    return Voice(name, caller, asker)


async def ours(gateway: Gateway, who: Voice, operation: Operation) -> dict[str, Any]:
    """What the gateway answers; a refusal as the body the transports make of it."""
    call = Call(who.caller, Locale(who.asker.locale), "differential", services=gateway.services)
    try:
        ready = gateway.prepare(operation.query, None, operation.variables, call)
        body = await gateway.run(ready)
    except RequestError as refusal:
        return {"errors": refusal.errors}
    except Exception as fault:  # whatever goes wrong in the planner is a difference
        raise Different(f"The planner failed: {type(fault).__name__}: {fault}") from fault
    answer: dict[str, Any] = json.loads(body, object_pairs_hook=_once, parse_float=_number)
    return answer


def _number(text: str) -> float:
    """140.0 and 140 are one number in JSON, and neither side has to write it as the other does."""
    number = float(text)
    return int(number) if number.is_integer() else number


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Different(f"A key stands twice in one object: {[key for key, _ in pairs]}")
    return found


def compare(got: dict[str, Any], expected: Answer) -> None:
    """Raises Different."""
    if expected.refusal is not None:
        if "data" in got or got.get("errors") not in expected.refusal.answers:
            wanted = expected.refusal.answers
            raise Different(f"A refusal was predicted, one of:\n{_shown(wanted)}\nBut the planner said:\n{_shown(got)}")
        return
    wanted = json.loads(json.dumps(expected.body), parse_float=_number)
    if _told(got) != _told(wanted):
        raise Different(
            f"{_first_difference(wanted, got)}\nThe reference:\n{_shown(wanted)}\nThe planner:\n{_shown(got)}"
        )


def _told(body: dict[str, Any]) -> tuple[str, list[str]]:
    """The data with its keys in order, and the errors in any."""
    return json.dumps(body.get("data")), sorted(json.dumps(one, sort_keys=True) for one in body.get("errors", ()))


def _first_difference(wanted: Any, got: Any, path: str = "") -> str:
    if isinstance(wanted, dict) and isinstance(got, dict):
        if list(wanted) != list(got):
            return f"At {path or 'the root'} the keys are {list(got)}, not {list(wanted)}."
        parts = [(f"{path}.{key}".lstrip("."), wanted[key], got[key]) for key in wanted]
    elif isinstance(wanted, list) and isinstance(got, list):
        if len(wanted) != len(got):
            return f"At {path} there are {len(got)} items, not {len(wanted)}."
        parts = [(f"{path}[{index}]", one, other) for index, (one, other) in enumerate(zip(wanted, got, strict=True))]
    else:
        return "" if wanted == got else f"At {path} stands {_short(got)}, not {_short(wanted)}."
    return next(filter(None, (_first_difference(one, other, place) for place, one, other in parts)), "")


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) < 200 else text[:200] + "…"


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, indent=1)
    return text if len(text) < 6_000 else text[:6_000] + "\n…"


async def differ(gateway: Gateway, who: Voice, operation: Operation, expected: Answer) -> str:
    """Raises Different where the two answers part; says what kind of answer it was."""
    try:
        compare(await ours(gateway, who, operation), expected)
    except Different as difference:
        raise Different(f"{difference}\nAsked by {who.name} ({who.asker.locale}):{operation!r}") from None
    if expected.refusal is not None:
        code: str = expected.refusal.answers[0][0]["extensions"]["code"]
        return code
    return "errors" if "errors" in (expected.body or {}) else "data"
