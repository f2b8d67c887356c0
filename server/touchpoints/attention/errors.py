"""Why a contact, a reservation or a policy is refused."""

from __future__ import annotations

from server.errors import DomainError, UserErrorCode
from server.operations.purposes import Purpose
from server.terms import Locale
from server.touchpoints.attention import texts
from server.touchpoints.attention.facts import Verdict
from server.touchpoints.media import Medium


class AttentionRefused(DomainError):
    """The customer does not welcome the contact. Facts: `purpose`, `medium`, `verdict`."""

    code = UserErrorCode.ATTENTION_REFUSED

    def __init__(self, *field: str | int, purpose: Purpose, medium: Medium, verdict: Verdict) -> None:
        self._verdict = verdict
        super().__init__(*field, purpose=purpose, medium=medium, verdict=verdict)

    def message(self, locale: Locale) -> str:
        return texts.refusal(self._verdict, locale)


class OverrideNotGranted(DomainError):
    code = UserErrorCode.NOT_ALLOWED
    en = "Contacting a customer against the attention policy needs the permission ATTENTION_OVERRIDE."
    zh = "超额联系客户需要权限：超额联系客户（ATTENTION_OVERRIDE）。"


class NotTheirs(DomainError):
    code = UserErrorCode.INVALID
    en = "This differs from what was reserved."
    zh = "与预留的内容不一致。"


class ReservationOver(DomainError):
    code = UserErrorCode.NOT_ALLOWED
    en = "The reservation is over: {state.en}. A contact made all the same is recorded with the time it was made."
    zh = "预留已结束：{state.zh}。若已实际联系，请按发生时间登记。"


class QuietHoursEmpty(DomainError):
    code = UserErrorCode.INVALID
    en = "Quiet hours that end when they begin are none; leave them out instead."
    zh = "免打扰时段的起止时间相同即为没有时段；如不需要，请留空。"
