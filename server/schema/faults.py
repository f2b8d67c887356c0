"""What goes wrong between us and the database, as the caller should hear it."""

import asyncpg
import structlog

from server.db.budget import WALKED_TOO_FAR
from server.errors import ErrorCode, RequestError

_log = structlog.get_logger()

FAULTS = (RecursionError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError)
"""All that `as_heard` has words for; anything else is a bug."""


def as_heard(fault: Exception, request_id: str) -> Exception:
    """The refusal for one of `FAULTS`; the fault itself where it is a bug."""
    match fault:
        case asyncpg.QueryCanceledError():
            return RequestError(ErrorCode.TOO_COMPLEX, "The operation took too long and was stopped.")
        case RecursionError():
            return RequestError(ErrorCode.TOO_COMPLEX, "The operation is nested too deeply.")
        case asyncpg.CharacterNotInRepertoireError():
            return RequestError(ErrorCode.BAD_USER_INPUT, "Text must not contain U+0000.")
        case asyncpg.LockNotAvailableError():
            return RequestError(
                ErrorCode.UNAVAILABLE, "Something else holds what this act needs; try again.", retryAfter=1
            )
        case OSError() | asyncpg.PostgresConnectionError() | asyncpg.InterfaceError() | asyncpg.CannotConnectNowError():
            _log.warning("database.unavailable", request_id=request_id, exc_info=fault)
            return RequestError(ErrorCode.UNAVAILABLE, "The database does not answer; try again.", retryAfter=2)
        case asyncpg.PostgresError(sqlstate=code) if code == WALKED_TOO_FAR:
            return RequestError(
                ErrorCode.TOO_COMPLEX,
                f"{fault}: too many rows would have to be looked through for what is asked here. Order by another field,"
                " narrow further (by time, a store or one of the staff), or search by more of the name.",
                argument="filter",
            )
    return fault
