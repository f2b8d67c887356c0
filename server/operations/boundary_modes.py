"""The closed list of how a unit stands to a purpose."""

from __future__ import annotations

from server.terms import Term


class BoundaryMode(Term):
    """How a group or role may use a purpose."""

    OWNS = "OWNS", "Owns", "负责", "Answers for it; every purpose in use has exactly one owner."
    MAY = "MAY", "May use", "可用", "May use it beside its owner."
