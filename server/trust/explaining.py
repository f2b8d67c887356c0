"""A trust account in words that a store manager can read aloud, in Chinese and in English. Pure.

What is said adds up: opening, deposits, interest, withdrawals, cuts and reversals are the balance.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from server.terms import Locale
from server.trust.balance import TrustLimit
from server.trust.entry_terms import TrustEntryReason
from server.trust.policy import HUNDREDTHS
from server.trust.reasons import TrustReason


@dataclass(frozen=True, slots=True)
class Tally:
    """All entries of one reason in an account, in hundredths."""

    reason: TrustEntryReason
    count: int
    amount: int


@dataclass(frozen=True, slots=True)
class Story:
    """An account as far as its explanation tells of it."""

    balance: int
    ceiling: int
    opening_ceiling: int
    creases: int
    opened_on: date
    tallies: tuple[Tally, ...]


def points(hundredths: int) -> str:
    """As people write it: 10, 126.25, 892.4."""
    return f"{(Decimal(hundredths) / HUNDREDTHS).normalize():f}"


def account_in_words(story: Story, locale: Locale) -> str:
    say = _PHRASES[locale]
    groups = _grouped(story.tallies)
    parts = [say["stands"](story), say["opened"](story, sum(one.amount for one in groups["opened"]))]
    spoken = ("deposits", "interest", "withdrawals", "cuts", "reversals", "zeros")
    parts.extend(say[kind](groups[kind], locale) for kind in spoken if groups[kind])
    if story.creases:
        parts.append(say["creases"](story))
    between: str = say["between"]
    return between.join([*parts, say["end"]])


def entry_in_words(entry: Mapping[str, Any], locale: Locale) -> str:
    """One entry. Keys: reason, claimed, amount, limited_by, balance_after, ceiling_after, severity_bp, day, seq."""
    reason = TrustEntryReason(entry["reason"])
    label, day = reason.label(locale), _day(entry["day"], locale)
    amount, claimed = points(abs(entry["amount"])), points(abs(entry["claimed"]))
    balance, ceiling = points(entry["balance_after"]), points(entry["ceiling_after"])
    limit = None if entry["limited_by"] is None else TrustLimit(entry["limited_by"]).label(locale)
    if locale is Locale.ZH:
        text = f"第{entry['seq']}笔，{day}，{label}："
        if entry["claimed"] == 0:
            text += "按规则不计分"
        else:
            text += f"{'存入' if entry['claimed'] > 0 else '支取'}{amount}分"
        if limit is not None:
            text += f"（应计{claimed}分，{limit}）"
        if entry["severity_bp"]:
            text += f"，留下折痕，上限为{ceiling}分"
        return f"{text}，余额{balance}分。"
    text = f"Entry {entry['seq']}, {day}, {label}: "
    if entry["claimed"] == 0:
        text += "no points, by rule"
    else:
        text += f"{'plus' if entry['claimed'] > 0 else 'minus'} {amount}"
    if limit is not None:
        text += f" (of {claimed}: {limit[0].lower()}{limit[1:]})"
    if entry["severity_bp"]:
        text += f"; a crease remains and the ceiling is {ceiling}"
    return f"{text}; balance {balance}."


def _grouped(tallies: Sequence[Tally]) -> dict[str, list[Tally]]:
    groups: dict[str, list[Tally]] = {
        kind: [] for kind in ("opened", "deposits", "interest", "withdrawals", "cuts", "reversals", "zeros")
    }
    for one in tallies:
        groups[_kind(one.reason)].append(one)
    return groups


def _kind(reason: TrustEntryReason) -> str:
    if reason is TrustEntryReason.OPENED:
        return "opened"
    if reason is TrustEntryReason.CEILING_CUT:
        return "cuts"
    posted = TrustReason(reason.value)
    if posted is TrustReason.INTEREST:
        return "interest"
    if posted is TrustReason.REVERSAL:
        return "reversals"
    if posted.is_withdrawal:
        return "withdrawals"
    return "zeros" if posted.rule.amount == 0 else "deposits"


def _day(day: date, locale: Locale) -> str:
    return f"{day.year}年{day.month}月{day.day}日" if locale is Locale.ZH else f"{day.day} {day:%B %Y}"


def _sum(tallies: Sequence[Tally]) -> str:
    return points(abs(sum(one.amount for one in tallies)))


def _each_zh(tallies: Sequence[Tally], locale: Locale) -> str:
    return "、".join(f"{one.reason.label(locale)}{one.count}次{points(abs(one.amount))}分" for one in tallies)


def _each_en(tallies: Sequence[Tally], locale: Locale) -> str:
    return ", ".join(f"{one.reason.label(locale)} {_times(one.count)}: {points(abs(one.amount))}" for one in tallies)


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def _count(tallies: Sequence[Tally]) -> int:
    return sum(one.count for one in tallies)


def _signed(tallies: Sequence[Tally]) -> str:
    total = sum(one.amount for one in tallies)
    return f"{'+' if total > 0 else ''}{points(total)}"


_ZH: Mapping[str, Any] = MappingProxyType(
    {
        "between": "",
        "stands": lambda story: f"信任账户现有{points(story.balance)}分，上限{points(story.ceiling)}分。",
        "opened": lambda story, opening: f"{_day(story.opened_on, Locale.ZH)}开户，起始{points(opening)}分。",
        "deposits": lambda of, locale: f"存入{_count(of)}次，共{_sum(of)}分：{_each_zh(of, locale)}。",
        "interest": lambda of, _: f"利息{_count(of)}次，共{_sum(of)}分。",
        "withdrawals": lambda of, locale: f"支取{_count(of)}次，共{_sum(of)}分：{_each_zh(of, locale)}。",
        "cuts": lambda of, _: f"因上限下调，余额随之减少{_sum(of)}分。",
        "reversals": lambda of, _: f"冲正{_count(of)}次，合计{_signed(of)}分。",
        "zeros": lambda of, locale: (
            "按规则不计分：" + "、".join(f"{one.reason.label(locale)}{one.count}次" for one in of) + "。"
        ),
        "creases": lambda story: (
            f"留有{story.creases}道折痕，"
            f"上限由{points(story.opening_ceiling)}分降到{points(story.ceiling)}分，不再恢复。"
        ),
        "end": "以上各项相加，就是现在的余额。",
    }
)
_EN: Mapping[str, Any] = MappingProxyType(
    {
        "between": " ",
        "stands": lambda story: (
            f"The account stands at {points(story.balance)}, under a ceiling of {points(story.ceiling)}."
        ),
        "opened": lambda story, opening: f"It was opened on {_day(story.opened_on, Locale.EN)} with {points(opening)}.",
        "deposits": lambda of, locale: f"Deposits add up to {_sum(of)} ({_each_en(of, locale)}).",
        "interest": lambda of, _: f"Interest was posted {_times(_count(of))}, {_sum(of)} in all.",
        "withdrawals": lambda of, locale: f"Withdrawals add up to {_sum(of)} ({_each_en(of, locale)}).",
        "cuts": lambda of, _: f"A lowered ceiling cut {_sum(of)} from the balance.",
        "reversals": lambda of, _: f"Reversals, {_times(_count(of))}, changed it by {_signed(of)}.",
        "zeros": lambda of, locale: (
            "By rule without points: "
            + ", ".join(f"{one.reason.label(locale)} {_times(one.count)}" for one in of)
            + "."
        ),
        "creases": lambda story: (
            f"{'One crease remains' if story.creases == 1 else f'{story.creases} creases remain'}: "
            f"the ceiling came down from {points(story.opening_ceiling)} to {points(story.ceiling)}, for good."
        ),
        "end": "Together that is the balance.",
    }
)
_PHRASES: Mapping[Locale, Mapping[str, Any]] = MappingProxyType({Locale.ZH: _ZH, Locale.EN: _EN})
