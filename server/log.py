"""Structured logs: one line per fact, with request id and tenant where there are any. Never personal data, never secrets."""

from __future__ import annotations

import logging
import sys
from contextvars import ContextVar
from uuid import UUID

import structlog

answering: ContextVar[tuple[str, UUID | None] | None] = ContextVar("answering", default=None)
"""Request id and tenant of the operation this task is answering. Set, never reset: it ends with the task."""


def configure_logging(format: str) -> None:
    """`console` for people, `json` for machines."""
    renderer: structlog.types.Processor = (
        structlog.processors.JSONRenderer()
        if format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            _whose,
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")


def _whose(_: object, __: str, line: structlog.types.EventDict) -> structlog.types.EventDict:
    found = answering.get()
    if found is not None:
        request_id, tenant_id = found
        line.setdefault("request_id", request_id)
        if tenant_id is not None:
            line.setdefault("tenant", str(tenant_id))
    return line
