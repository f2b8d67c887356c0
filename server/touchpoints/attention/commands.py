"""What a brand can say about attention."""

from __future__ import annotations

from datetime import time
from typing import Self

from pydantic import Field, model_validator

from server.commands import Command
from server.operations.purposes import Purpose, PurposeClass
from server.touchpoints.attention_policies import AttentionPreset, QuietDay


class QuietHoursGiven(Command):
    """In whole minutes. From the evening to the next morning where `start` is the later one."""

    start: time
    end: time
    also: frozenset[QuietDay] = frozenset()

    @model_validator(mode="after")
    def _lasts(self) -> Self:
        if self.start == self.end:
            raise ValueError("quiet hours that end when they begin are none; leave them out")
        return self


class ClassBudgetGiven(Command):
    purpose_class: PurposeClass
    max: int = Field(ge=0, le=1_000)
    gap_hours: int = Field(ge=0, le=8_784)

    @model_validator(mode="after")
    def _counted(self) -> Self:
        if self.purpose_class is PurposeClass.LEGAL:
            raise ValueError("legal notices have no budget")
        return self


class PurposeBudgetGiven(Command):
    purpose: Purpose
    max: int = Field(ge=0, le=1_000)
    gap_hours: int | None = Field(default=None, ge=0, le=8_784)
    window_days: int | None = Field(default=None, ge=1, le=366)

    @model_validator(mode="after")
    def _counted(self) -> Self:
        if self.purpose.purpose_class is PurposeClass.LEGAL:
            raise ValueError("legal notices have no budget")
        return self


class BackOffGiven(Command):
    after_ignored: int = Field(ge=1, le=100)
    gap_multiplier: int = Field(ge=1, le=100)
    max_multiplier: int = Field(ge=1, le=100)


class SetAttentionPolicy(Command):
    """What is given changes, the rest stays: as it is, or as the preset or the business type has it where one is named.

    `by_class` changes the classes it names, `by_purpose` is the whole list of purposes with a budget of their own.
    """

    preset: AttentionPreset | None = None
    from_default: bool = False
    """Start from the default of the business type."""
    window_days: int | None = Field(default=None, ge=1, le=366)
    total: int | None = Field(default=None, ge=0, le=1_000)
    min_gap_hours: int | None = Field(default=None, ge=0, le=8_784)
    quiet_hours: QuietHoursGiven | None = None
    without_quiet_hours: bool = False
    by_class: tuple[ClassBudgetGiven, ...] | None = Field(default=None, max_length=5)
    by_purpose: tuple[PurposeBudgetGiven, ...] | None = Field(default=None, max_length=len(Purpose))
    outside_total: frozenset[PurposeClass] | None = None
    company_total: int | None = Field(default=None, ge=0, le=1_000)
    without_company_total: bool = False
    reply_window_hours: int | None = Field(default=None, ge=1, le=720)
    appointment_exempt_hours: int | None = Field(default=None, ge=1, le=720)
    reservation_minutes: int | None = Field(default=None, ge=1, le=1_440)
    ignored_after_hours: int | None = Field(default=None, ge=1, le=720)
    back_off: BackOffGiven | None = None
    bait_unit_multiplier: int | None = Field(default=None, ge=1, le=100)
    expected_version: int | None = None
