"""The words of the fit: its verdicts and its figures, for a manager to read. Pure data."""

from __future__ import annotations

from server.terms import Term


class FitVerdict(Term):
    """Whether the operating model in force serves the customers well."""

    FITS = "FITS", "Fits", "适配", "No figure is over its threshold."
    STRAINED = (
        "STRAINED",
        "Strained",
        "吃力",
        "A figure is over its threshold, but not those that make a misfit together.",
    )
    MISFIT = (
        "MISFIT",
        "Misfit",
        "错配",
        "The central group answers what only those who know the case could, and customers feel it.",
    )
    NOT_ENOUGH_FACTS = "NOT_ENOUGH_FACTS", "Not enough facts", "样本不足", "Too few answered enquiries to judge by."


class FitFigureKey(Term):
    """What the fit is judged by."""

    CONTEXTLESS_SHARE = (
        "CONTEXTLESS_SHARE",
        "Care answered without context",
        "无背景应答占比",
        (
            "Of the answered enquiries of care or sensitive purposes, those whose answerer had neither a relationship in a role "
            "that served the case nor a note to read."
        ),
    )
    REPEAT_QUESTION_SHARE = (
        "REPEAT_QUESTION_SHARE",
        "Asked again within 48 hours",
        "48小时内重复咨询占比",
        "Of the answered enquiries, those followed by another of the same purpose from the same customer within 48 hours.",
    )
    FIRST_RESPONSE_MINUTES = (
        "FIRST_RESPONSE_MINUTES",
        "Minutes to the first answer",
        "首次应答分钟数",
        "The median over the answered enquiries.",
    )
    SATISFACTION_GAP = (
        "SATISFACTION_GAP",
        "Satisfaction lost without context",
        "满意度差距",
        "The share of ratings of 4 or 5 after an answer with context, less the share after one without.",
    )
    REDUNDANT_SHARE = (
        "REDUNDANT_SHARE",
        "Redundant friendships",
        "重复好友占比",
        "Of the live friendships, those that no role asks for or that hold a role a second time.",
    )
    CONFLICT_RATE = "CONFLICT_RATE", "Conflicting quotes", "报价冲突率", "Conflicts of quotes to the quotes."
