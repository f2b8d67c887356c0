"""The installation's secret: 32 bytes from which every tenant's sealing keys are derived. Losing it loses every sealed value."""

from __future__ import annotations

import base64
import binascii
import os
import secrets
from pathlib import Path

from server.config import Settings

_BYTES = 32


def installation_secret(settings: Settings) -> bytes:
    """From SECRET_KEY, or from `secret.key` below SHUKE_DATA, which is made on first use.

    Raises ValueError for a SECRET_KEY that is not 32 bytes of base64, and for a server of one's own without SECRET_KEY:
    a folder may be lost with its container while the database stays.
    """
    if settings.secret_key is not None:
        return _decoded(settings.secret_key, "SECRET_KEY")
    path = settings.shuke_data / "secret.key"
    if not path.exists():
        if settings.database_url is not None:
            raise ValueError(
                "Set SECRET_KEY to 32 random bytes in base64 (for example from `openssl rand -base64 32`): with a "
                "database of your own the key that seals identities must be kept by you."
            )
        _make(path)
    return _decoded(path.read_text().strip(), str(path))


def _make(path: Path) -> None:
    """Write a new key so that a reader finds all of it or none of it; the first writer wins."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".secret.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(base64.b64encode(secrets.token_bytes(_BYTES)).decode())
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(temporary, path)
    except FileExistsError:
        pass
    finally:
        temporary.unlink()


def _decoded(text: str, where: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != _BYTES:
        raise ValueError(f"{where} must be {_BYTES} bytes in base64.")
    return key
