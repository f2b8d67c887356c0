"""What whoever takes a customer is told: feedback that waits, promises to keep, quotes the brand stands by, the last notes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from server.customers.commands import WriteServiceNote
from server.customers.note_kinds import NoteKind
from server.customers.service.notes import write_service_note
from server.feedback.commands import RaiseFeedback
from server.feedback.kinds import FeedbackKind
from server.feedback.service import raise_feedback
from server.handoffs import service
from server.handoffs.commands import RequestHandoff
from server.items.prices import Amount
from server.promises.commands import KeepPromise, MakePromise
from server.promises.service import keep_promise, make_promise
from server.quotes.commands import DraftQuote, IssueQuote, LineGiven, WithdrawQuote
from server.quotes.service.answering import withdraw_quote
from server.quotes.service.drafting import draft_quote
from server.quotes.service.issuing import issue_quote
from tests.factories.brands import Brand
from tests.handoffs.clinic import clinic

DAY = timedelta(days=1)
CONTEXT = """{ handoffs { nodes { context {
  openFeedback { text } openPromises { text } liveQuotes { total { amount } } lastNotes { text } } } } }"""


async def test_open_matters_come_with_the_handoff(brand: Callable[..., Awaitable[Brand]]) -> None:
    here = await clinic(await brand())
    async with here.brand.work() as work:
        about: dict[str, Any] = {"customer_id": here.customer}
        for text, days in (("later", 5), ("sooner", 2), ("kept", 1), ("whenever", None)):
            due_at = None if days is None else work.now + days * DAY
            promise = await make_promise(work, MakePromise(text=text, due_at=due_at, **about))
            if text == "kept":
                await keep_promise(work, KeepPromise(promise_id=promise.id))
        for price, fate in ((100, "issued"), (200, "drafted"), (300, "withdrawn")):
            line = LineGiven(description="种植", unit_price=Amount(amount=Decimal(price)))
            given = {"lines": (line,), "valid_until": work.now + DAY, "staff_id": here.consultant, **about}
            quote = await draft_quote(work, DraftQuote(**given))
            if fate != "drafted":
                await issue_quote(work, IssueQuote(quote_id=quote.id))
            if fate == "withdrawn":
                await withdraw_quote(work, WithdrawQuote(quote_id=quote.id))
        await raise_feedback(work, RaiseFeedback(kind=FeedbackKind.COMPLAINT, text="等了很久", **about))
        await write_service_note(work, WriteServiceNote(kind=NoteKind.PREFERENCE, text="怕疼", **about))
    async with here.work(here.consultant) as work:
        await service.request_handoff(work, RequestHandoff(role_id=here.roles["doctor"], **about))

    [told] = (await here.brand.ask(CONTEXT))["data"]["handoffs"]["nodes"]

    assert told["context"] == {
        "openFeedback": [{"text": "等了很久"}],
        "openPromises": [{"text": "sooner"}, {"text": "later"}, {"text": "whenever"}],
        "liveQuotes": [{"total": {"amount": "100.00"}}],
        "lastNotes": [{"text": "怕疼"}],
    }
