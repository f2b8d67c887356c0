"""Words of the trade as closed enumerations: a code that never changes, and a label in English and Chinese.

A tenant may relabel a term; nobody adds a value at run time, because rules hang on the codes.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class Locale(StrEnum):
    """The languages labels and messages are kept in. Codes are the same in both."""

    EN = "EN"
    ZH = "ZH"


class Term(StrEnum):
    """A closed enumeration whose members carry their labels: ``PET = "PET", "Pet", "宠物"``.

    A fourth element says what the member means, for the schema and the glossary; it defaults to the English label.
    """

    en: str
    zh: str
    meaning: str

    def __new__(cls, code: str, en: str = "", zh: str = "", meaning: str = "") -> Self:
        member = str.__new__(cls, code)
        member._value_ = code
        member.en = en
        member.zh = zh
        member.meaning = meaning or en
        return member

    def label(self, locale: Locale) -> str:
        return self.zh if locale is Locale.ZH else self.en
