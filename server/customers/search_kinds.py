"""What a search term was taken from."""

from __future__ import annotations

from enum import StrEnum


class SearchKind(StrEnum):
    """The column `kind` of search_terms."""

    NAME = "NAME"
    """One or two neighbouring characters of a name: the customer's, a contact's, a subject's."""
    TAIL = "TAIL"
    """The last digits of a phone number or other identity."""
