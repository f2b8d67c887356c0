"""Lays SQL out for people: one clause a line, subqueries indented. It changes white space only."""

from __future__ import annotations

import re

_TOKENS = re.compile(r"E?'(?:[^']|'')*'|\"[^\"]*\"|\(|\)|,|[^\s'\"(),]+")
_CLAUSES = frozenset(("SELECT", "FROM", "WHERE", "GROUP", "ORDER", "HAVING", "LIMIT", "OFFSET", "UNION"))
_JOINS = frozenset(("JOIN", "LEFT", "CROSS", "INNER"))
_BRANCHES = frozenset(("AND", "WHEN", "ELSE"))
_TIGHT_AFTER = frozenset(("(",))
_TIGHT_BEFORE = frozenset((")", ","))


def readable(sql: str) -> str:
    """The same statement over many lines."""
    lines: list[list[str]] = [[]]
    opened: list[bool] = []
    """For each open bracket: whether it holds a subquery."""
    tokens = _TOKENS.findall(sql)

    def fresh(deeper: int = 0) -> None:
        if lines[-1]:
            lines.append([])
        lines[-1].append("  " * (sum(opened) + deeper))

    for token, following in zip(tokens, [*tokens[1:], ""], strict=True):
        breaks = not opened or opened[-1]
        if token == "(":
            opened.append(following == "SELECT")
        elif token == ")":
            if opened.pop():
                fresh()
        elif breaks and (token in _CLAUSES or (token in _JOINS and lines[-1][-1] not in _JOINS)):
            fresh()
        elif breaks and token in _BRANCHES:
            fresh(1)
        lines[-1].append(token)
    return "\n".join(_line(line) for line in lines)


def _line(tokens: list[str]) -> str:
    """Tokens with one space between them, but none inside brackets or in front of commas and calls."""
    text = ""
    previous = ""
    for token in tokens:
        spaced = bool(previous.strip()) and previous not in _TIGHT_AFTER and token not in _TIGHT_BEFORE
        if token == "(" and re.fullmatch(r"[a-z_.]+[a-z_0-9]*", previous):
            spaced = False
        text += (" " if spaced else "") + token
        previous = token
    return text
