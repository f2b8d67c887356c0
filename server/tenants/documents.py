"""The structured values of a tenant as JSON documents, and back. Pure; a document written today is read for good."""

from __future__ import annotations

from typing import Any, cast

from pydantic import TypeAdapter

from server.tenants.business_profile import BusinessProfile, Thresholds

_PROFILE = TypeAdapter(BusinessProfile)
_THRESHOLDS = TypeAdapter(Thresholds)


def profile_document(profile: BusinessProfile) -> dict[str, Any]:
    return cast(dict[str, Any], _PROFILE.dump_python(profile, mode="json"))


def profile_of(document: dict[str, Any]) -> BusinessProfile:
    return _PROFILE.validate_python(document)


def thresholds_document(thresholds: Thresholds) -> dict[str, Any]:
    return cast(dict[str, Any], _THRESHOLDS.dump_python(thresholds, mode="json"))


def thresholds_of(document: dict[str, Any]) -> Thresholds:
    return _THRESHOLDS.validate_python(document)
