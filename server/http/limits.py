"""Bounds of the transports. A client past one of them is refused; nothing here depends on what it asks for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes in bytes, times in seconds."""

    body_bytes: int = 1 << 20
    """One request body, one URL query string, one WebSocket message."""
    discarded_bytes: int = 8 << 20
    """How much of a body that is too large is still read, so that its sender gets to read the answer."""
    body_seconds: float = 10
    """From the headers to the last byte of the body."""
    init_seconds: float = 10
    """From the WebSocket handshake to `connection_init`."""
    operations_per_socket: int = 100
    keep_alive_seconds: float = 12
    """Between comments on a silent event stream, so that no proxy closes it."""
    stalled_seconds: float = 60
    """How long one event may wait for a reader that reads nothing."""
    ready_seconds: float = 2
    stop_seconds: float = 20
    """How long operations in progress may take once the process was told to stop."""
