"""The words of succession 接替: by which rule customers pass from one person to others, and where that stands."""

from __future__ import annotations

from server.terms import Term


class SuccessionRule(Term):
    """Who takes over."""

    SAME_ROLE_AND_STORE = (
        "SAME_ROLE_AND_STORE",
        "Same role, same store first",
        "同角色、同门店优先",
        "Colleagues in the same role or group, those of the same store before those who serve everywhere, in turn.",
    )
    ONE_PERSON = (
        "ONE_PERSON",
        "One person, as far as they have room",
        "指定接替人",
        "The person named, within capacity; whoever does not fit goes to colleagues of the same role and store.",
    )


class TransferState(Term):
    """Where a transfer stands."""

    RUNNING = "RUNNING", "Running", "进行中"
    DONE = "DONE", "Done", "已完成"
