"""The reasons and warnings of an advice as documents, so that a version keeps why it was chosen.

Pure. Amounts are kept as decimal texts: a document of numbers would round them.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from server.tenants.advice_terms import ReasonKey, Severity, WarningKey
from server.tenants.business import OperatingModelKind
from server.tenants.operating_model import AdviceWarning, Figure, Reason


def reason_document(reason: Reason) -> dict[str, Any]:
    return {
        "key": reason.key.value,
        "supports": reason.supports.value,
        "input": reason.input,
        "figures": _figure_documents(reason.figures),
    }


def reason_of(document: Mapping[str, Any]) -> Reason:
    return Reason(
        key=ReasonKey(document["key"]),
        supports=OperatingModelKind(document["supports"]),
        input=document["input"],
        figures=_figures(document),
    )


def warning_document(warning: AdviceWarning) -> dict[str, Any]:
    return {
        "key": warning.key.value,
        "severity": warning.severity.value,
        "figures": _figure_documents(warning.figures),
    }


def warning_of(document: Mapping[str, Any]) -> AdviceWarning:
    return AdviceWarning(
        key=WarningKey(document["key"]), severity=Severity(document["severity"]), figures=_figures(document)
    )


def _figure_documents(figures: tuple[Figure, ...]) -> list[dict[str, Any]]:
    return [
        {"name": figure.name, "value": str(figure.value), "currency": figure.currency} for figure in figures
    ]


def _figures(document: Mapping[str, Any]) -> tuple[Figure, ...]:
    return tuple(
        Figure(figure["name"], Decimal(figure["value"]), figure["currency"]) for figure in document["figures"]
    )
