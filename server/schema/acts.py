"""Runs mutations. Each root field is one unit of work: act, payload, outcome, events, commit.

A refusal undoes the act's savepoint and is itself an answer; an error while the payload is read undoes everything. What was
acknowledged is committed; what is not committed was not acknowledged.
"""

import asyncio
import dataclasses
import hashlib
import random
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from pydantic import ValidationError

from server.access import outcomes
from server.access.caller import Caller
from server.access.permissions import EVERYTHING, DataScope, PrincipalKind
from server.db import directory
from server.db.at_once import AtOnceWork, open_at_once
from server.db.reader import Reader
from server.db.supposing import MustAsk
from server.db.tenancy import Passage, Scope
from server.db.turns import TurnTaken
from server.db.work import Work, finish, open_work
from server.errors import DomainError, ErrorCode, RequestError, UserErrorCode
from server.events.cursors import Log, cursor_of
from server.ids import new_id
from server.planner import declarations as d
from server.planner.call import Call
from server.planner.completing import Data, Slot
from server.planner.executing import Execution, body
from server.planner.operations import Ready
from server.planner.reading import step
from server.planner.selections import Selected
from server.schema.mutations import check_key, payload_type
from server.schema.outcomes import Outcomes
from server.schema.services import Services
from server.schema.user_errors import Refusal, user_errors

_ATTEMPTS = 4
_RETRIED = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError)


class _Undone(Exception):
    """The whole transaction goes: the act was refused and nobody keeps that, or its payload could not be read."""


@dataclass(frozen=True, slots=True)
class _Answer:
    """What an act answered. `replayed`: the number and passage of the first call. `kept`: under its idempotency key."""

    payload: Any
    replayed: tuple[int | None, Passage] | None = None
    kept: bool = False


class Acts:
    """Runs the mutations of one schema."""

    def __init__(self, services: Services, schema: Any) -> None:
        self._services = services
        self._outcomes = Outcomes(schema)

    async def run(self, ready: Ready, call: Call) -> bytes:
        """The JSON body. Root fields run one after the other; what an earlier one did stays when a later one fails."""
        roots = ready.plan.selection.roots
        if call.idempotency_key is not None and len(roots) != 1:
            raise RequestError(
                ErrorCode.BAD_USER_INPUT, "The header Idempotency-Key needs exactly one root field in the operation."
            )
        data = Data({root.key: None for root in roots})
        errors: list[dict[str, Any]] = []
        # The first act's door confirms the credential for all: once something is done, nothing may send us back.
        confirming: Passage | None = call.caller.passage
        for root in roots:
            if root.is_typename:
                data[root.key] = root.parent_type
                continue
            errors.extend(await self._root(ready, root, call, data, confirming=confirming))
            confirming = None
            if data.lost:
                break
        if confirming is not None:
            await self._services.database.confirm(confirming)
        return body(data, errors)

    async def _root(
        self, ready: Ready, root: Selected, call: Call, data: Data, *, confirming: Passage | None
    ) -> list[dict[str, Any]]:
        act = root.declaration
        assert isinstance(act, d.Act)
        input = ready.evaluated.by_site[root.site]["input"]
        one = _OneAct(self._services, self._outcomes, ready, root, act, input, call, confirming)
        return await one.run(data)


class _OneAct:
    """One mutation field of one operation."""

    def __init__(
        self,
        services: Services,
        stored: Outcomes,
        ready: Ready,
        root: Selected,
        act: d.Act,
        input: Any,
        call: Call,
        confirming: Passage | None,
    ) -> None:
        self._services = services
        self._stored = stored
        self._ready = ready
        self._root = root
        self._act = act
        self._input = input
        self._call = call
        self._confirming = None if act.opens_tenant else confirming
        self._payload = payload_type(root.definition.extensions["strawberry-definition"])  # type: ignore[union-attr]  # acts have definitions
        given: str | None = getattr(input, "client_mutation_id", None)
        self._key = call.idempotency_key if given is None else given
        self._waits = False  # for its turn, in a transaction, because somebody else was first

    @cached_property
    def _fingerprint(self) -> str:
        return _fingerprint(self._root.name, self._input)

    async def run(self, data: Data) -> list[dict[str, Any]]:
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return await self._attempt(data)
            except (TurnTaken, *_RETRIED) as fault:
                if attempt == _ATTEMPTS:
                    raise RequestError(
                        ErrorCode.UNAVAILABLE, "Too many acts at once on the same things; try again.", retryAfter=1
                    ) from None
                if isinstance(fault, TurnTaken):
                    self._waits = True
                    continue
                await asyncio.sleep(random.uniform(0.005, 0.03) * attempt)  # noqa: S311  # jitter, not a secret
        raise AssertionError("unreachable")

    async def _attempt(self, data: Data) -> list[dict[str, Any]]:
        if self._act.at_once and self._key is None and not self._waits:
            return await self._attempt_at_once(data)
        return await self._attempt_in_transaction(data)

    async def _attempt_at_once(self, data: Data) -> list[dict[str, Any]]:
        """Ask and add in one statement or two and no transaction, unless the act does more than that."""
        caller, passage = self._call.caller, self._call.caller.passage.within
        pool = self._services.database.acts
        seq: int | None = None
        with suppress(_Undone):
            async with open_at_once(pool, passage.tenant_id, caller, confirming=self._confirming) as work:
                try:
                    tree, execution = self._blank(caller, passage)
                    seq = await self._do(work, tree, execution, passage)
                except MustAsk:
                    work.start_again()
                    tree, execution = self._blank(caller, passage)
                    seq = await self._do(work, tree, execution, passage)
        return self._close(data, tree, seq, passage, execution, undone=seq is None)

    def _blank(self, caller: Caller, passage: Passage) -> tuple[Data, Execution]:
        return Data({self._root.key: None}), self._execution(caller, passage)

    async def _do(self, work: AtOnceWork, tree: Data, execution: Execution, passage: Passage) -> int | None:
        """The act and its answer; the number of its last event. Raises MustAsk before anything is done."""
        slot = Slot(tree, self._root.key, None, step(self._root)[1])
        try:
            payload = await self._act.function(work, self._input, self._call)
        except (DomainError, ValidationError) as refusal:
            if work.is_supposing:
                raise MustAsk from None
            await work.confirm()
            execution.completion.put(self._root, self._refused(refusal), slot)
            raise _Undone from None
        execution.completion.put(self._root, payload, slot)
        if execution.completion.errors:
            raise MustAsk if work.is_supposing else _Undone
        return await self._store(work, execution, passage)

    async def _store(self, work: AtOnceWork, execution: Execution, passage: Passage) -> int | None:
        """In one statement where it can be; the answer is read from the row that it adds."""
        fresh = execution.fresh(work.added[0]) if work.added else None
        if work.fits_one_statement() and (fresh is not None or not execution.completion.pending):
            seq, text = await work.store(self._services.events, None if fresh is None else fresh.select)
            if fresh is not None and text is not None:
                execution.place(fresh.slot, text, fresh.doubts)
            return seq
        await work.flush()
        await execution.read_refs(Reader(work.raw, passage.tenant_id, execution.completion.call, work.now))
        if execution.completion.errors:
            raise _Undone
        return await finish(work, self._services.events)

    async def _attempt_in_transaction(self, data: Data) -> list[dict[str, Any]]:
        """A fresh unit of work, execution and tree: a retried act leaves nothing of its first try."""
        caller = self._caller()
        passage = caller.passage.within
        tree = Data({self._root.key: None})
        execution = self._execution(caller, passage)
        seq: int | None = None
        undone = True
        pool = self._services.database.acts
        with suppress(_Undone):
            async with open_work(pool, passage.tenant_id, caller, confirming=self._confirming) as work:
                answer = await self._answer(work)
                if answer.replayed is not None:
                    seq, passage = answer.replayed
                    execution = self._execution(self._replayer(caller, passage), passage)
                await self._read(work, execution, passage, answer.payload, tree)
                if answer.replayed is None:
                    if execution.completion.errors or (answer.payload.user_errors and not answer.kept):
                        raise _Undone
                    seq = await self._finish(work, answer)
            undone = False
        return self._close(data, tree, seq, passage, execution, undone=undone)

    def _close(
        self, data: Data, tree: Data, seq: int | None, passage: Passage, execution: Execution, *, undone: bool
    ) -> list[dict[str, Any]]:
        """Ring for what was committed, and hand its tree over. Of an act undone for its errors nothing is shown."""
        if seq is not None:
            self._services.tailer.ring(passage.tenant_id)
            self._splice(tree, cursor_of(seq, Log(passage.tenant_id, self._services.epoch)))
        if undone and execution.completion.errors:
            tree[self._root.key] = None
            tree.lost = not step(self._root)[1]
        data[self._root.key] = tree[self._root.key]
        data.lost = data.lost or tree.lost
        return execution.completion.errors

    def _execution(self, caller: Caller, passage: Passage) -> Execution:
        call = dataclasses.replace(self._call, caller=caller)
        # Whoever opens a tenant, or asks again for what doing so answered, reads as somebody else than they asked.
        evaluated = self._ready.evaluated.seen_by(self._ready.plan.selection, caller.permissions)
        return Execution(self._ready.plan, evaluated, call, passage)

    def _replayer(self, caller: Caller, passage: Passage) -> Caller:
        """Who a retry reads as. Nobody has signed in to retry an onboarding: what it names is shown, nothing beyond."""
        if not self._act.opens_tenant:
            return caller
        shallow = all(_is_shallow(child) for child in self._root.only())
        return dataclasses.replace(
            caller, tenant_id=passage.tenant_id, permissions=caller.permissions if shallow else frozenset()
        )

    def _caller(self) -> Caller:
        if not self._act.opens_tenant:
            caller: Caller = self._call.caller
            return caller
        tenant_id = new_id()
        return Caller(tenant_id, PrincipalKind.OWNER, None, None, EVERYTHING, DataScope.ALL)

    async def _answer(self, work: Work) -> _Answer:
        """Act, or find what the first call with the same key answered. A misused key is refused and changes nothing."""
        try:
            if self._key is not None:
                check_key(self._key)
                replay = await self._claim(work)
                if replay is not None:
                    return _Answer(*replay)
        except DomainError as refusal:
            return _Answer(self._refused(refusal))
        try:
            async with work.savepoint():
                payload = await self._act.function(work, self._input, self._call)
        except (DomainError, ValidationError) as refusal:
            payload = self._refused(refusal)
        return _Answer(payload, kept=self._key is not None)

    def _refused(self, refusal: Exception) -> Any:
        return self._payload(user_errors=user_errors(refusal, self._call.locale))

    async def _claim(self, work: Work) -> tuple[Any, tuple[int | None, Passage]] | None:
        assert self._key is not None
        if self._act.opens_tenant:
            return await self._recall_onboarding(work)
        first = await outcomes.claim(work, self._key, act=self._root.name, fingerprint=self._fingerprint)
        if first is None:
            return None
        return self._rebuilt(first.outcome), (first.seq, self._call.caller.passage.within)

    async def _recall_onboarding(self, work: Work) -> tuple[Any, tuple[int | None, Passage]] | None:
        """A retried onboarding: told of its tenant, but shown no customer and no secret, for nobody has signed in."""
        assert self._key is not None
        # A concurrent call with the same key is waited for, so that its retry is told of its own tenant.
        await directory.hold_onboarding(work.raw, self._input.owner.email.lower(), self._key)
        record = await directory.recall_onboarding(work.raw, self._input.owner.email.lower(), self._key)
        if record is None:
            return None
        if record["fingerprint"] != self._fingerprint:
            raise outcomes.KeyReused("client_mutation_id")
        tenant_id: UUID = record["tenant_id"]
        stored = record["outcome"]
        return self._rebuilt(stored["payload"]), (stored["seq"], Passage(tenant_id, None, Scope.STAFF))

    def _rebuilt(self, stored: dict[str, Any]) -> Any:
        payload = self._stored.rebuilt(stored)
        if self._stored.had_secret(payload):
            locale = self._call.locale
            message = (
                "密钥只在首次调用时展示一次。"
                if locale == "ZH"
                else "The secret was shown by the first call and is shown once."
            )
            payload.user_errors = [Refusal(code=UserErrorCode.SECRET_ALREADY_SHOWN, message=message, field=None)]
        return payload

    async def _read(self, work: Work, execution: Execution, passage: Passage, payload: Any, tree: Data) -> None:
        """Complete the payload, reading its nodes in the caller's own scope inside the act's transaction."""
        await work.flush()
        slot = Slot(tree, self._root.key, None, step(self._root)[1])
        execution.completion.put(self._root, payload, slot)
        await execution.read_refs(Reader(work.raw, passage.tenant_id, execution.completion.call, work.now))

    async def _finish(self, work: Work, answer: _Answer) -> int | None:
        payload = answer.payload
        if self._key is not None and not self._act.opens_tenant:
            await outcomes.store(work, self._key, self._stored.stored(payload))
        seq = await finish(work, self._services.events)
        if self._key is not None and self._act.opens_tenant and not payload.user_errors:
            # Nobody waits for the counter of a tenant that is being made, so here the number itself can be kept.
            await self._remember_onboarding(work, payload, seq)
        return seq

    async def _remember_onboarding(self, work: Work, payload: Any, seq: int | None) -> None:
        assert self._key is not None
        kept = await directory.remember_onboarding(
            work.raw,
            self._input.owner.email.lower(),
            self._key,
            fingerprint=self._fingerprint,
            tenant_id=work.tenant_id,
            outcome={"payload": self._stored.stored(payload), "seq": seq},
        )
        if not kept:  # another call with the same key committed while this one ran
            raise asyncpg.SerializationError("concurrent onboarding")

    def _splice(self, tree: Data, cursor: str) -> None:
        root = tree[self._root.key]
        for child in self._root.only():
            if child.name == "cursor" and root is not None:
                root[child.key] = cursor


def _is_shallow(selected: Selected) -> bool:
    """Whether nothing but a row's own, impersonal columns is asked of what a payload's field points to."""
    allowed = (d.Column, d.GlobalId, d.Value)
    return all(
        child.is_typename or (isinstance(child.declaration, allowed) and not child.declaration.personal)
        for children in selected.children.values()
        for child in children
    )


def _fingerprint(act: str, input: Any) -> str:
    """A digest of the act and its input, the idempotency key itself left out."""
    plain = dataclasses.asdict(input)
    plain.pop("client_mutation_id", None)
    return hashlib.sha256(
        act.encode() + orjson.dumps(plain, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS, default=repr)
    ).hexdigest()
