"""The inputs of this room's acts."""

from __future__ import annotations

from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, Field, model_validator

from server.commands import Command, Moment, ShortText
from server.items.prices import Amount
from server.tenants.commands import ExternalRefs

LINES_AT_MOST = 200


class OrderLineGiven(Command):
    """What was bought: an item of ours, free words, or both. `amount` is for all of the quantity, before the discount."""

    item_id: UUID | None = None
    text: ShortText | None = None
    quantity: int = Field(default=1, ge=1, le=1_000_000_000)
    amount: Amount
    discount: Amount | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.item_id is None and self.text is None:
            raise ValueError("name the item, or say in words what was bought")
        return self


def _at_least_one(lines: tuple[OrderLineGiven, ...]) -> tuple[OrderLineGiven, ...]:
    if not lines:
        raise ValueError("at least one of them")
    return lines


class RecordOrder(Command):
    """The whole order. Known by its external ids, it is brought up to date: lines, discount and paid are replaced, of the
    rest what is left out stays. Without `paid` all of it was paid."""

    customer_id: UUID
    lines: Annotated[tuple[OrderLineGiven, ...], Field(max_length=LINES_AT_MOST), AfterValidator(_at_least_one)]
    discount: Amount | None = None
    """On the whole, besides those of the lines."""
    discount_reason: ShortText | None = None
    paid: Amount | None = None
    case_id: UUID | None = None
    store_id: UUID | None = None
    staff_id: UUID | None = None
    """Through whom it came; the calling staff member where left out."""
    channel_id: UUID | None = None
    occurred_at: Moment | None = None
    delivered_at: Moment | None = None
    external_refs: ExternalRefs = ()


class RefundOrder(Command):
    """Give back some of what was paid: of one line or of the order; without an amount, all that is left of it."""

    order_id: UUID
    line_id: UUID | None = None
    amount: Amount | None = None
    reason: ShortText | None = None
    occurred_at: Moment | None = None
    external_refs: ExternalRefs = ()
