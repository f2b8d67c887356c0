"""What a read may cost inside PostgreSQL: a function that ends a statement which has gone too far, by a state of its own."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, func

WALKED_TOO_FAR = "SHK01"
"""The SQLSTATE of the refusal; the message is the place in the operation."""

REFUSE_WALK = f"""
CREATE FUNCTION platform.refuse_walk(place text) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = '{WALKED_TOO_FAR}', MESSAGE = place;
END $$"""


def refuse_walk(place: Any) -> Any:
    """An expression that, evaluated, ends the statement."""
    return func.platform.refuse_walk(place, type_=Boolean)
