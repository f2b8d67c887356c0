"""The reasons and warnings of an advice as documents, so that a version keeps why it was chosen.

Pure; a document written today is read for good. Amounts are decimal texts: numbers of JSON would round them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from pydantic import TypeAdapter

from server.tenants.operating_model import AdviceWarning, Reason

_REASONS = TypeAdapter(tuple[Reason, ...])
_WARNINGS = TypeAdapter(tuple[AdviceWarning, ...])


def reasons_document(reasons: Sequence[Reason]) -> list[dict[str, Any]]:
    return cast(list[dict[str, Any]], _REASONS.dump_python(tuple(reasons), mode="json"))


def reasons_of(document: list[dict[str, Any]]) -> tuple[Reason, ...]:
    return _REASONS.validate_python(document)


def warnings_document(warnings: Sequence[AdviceWarning]) -> list[dict[str, Any]]:
    return cast(list[dict[str, Any]], _WARNINGS.dump_python(tuple(warnings), mode="json"))


def warnings_of(document: list[dict[str, Any]]) -> tuple[AdviceWarning, ...]:
    return _WARNINGS.validate_python(document)
