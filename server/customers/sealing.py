"""Seals identities: a fingerprint to compare by, and the value itself where only this installation can open it.

Keys are derived per tenant, so equal numbers of two brands look different everywhere. The installation's key is handed
in once at start-up and never stored, logged or passed on. Nothing here touches the database.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from functools import lru_cache
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from server.customers.identity_kinds import IdentityKind

KEY_BYTES = 32
_NONCE_BYTES = 12
_SEPARATOR = "\x1f"
"""Between the parts of what is fingerprinted: none of them can contain it."""


class SealBroken(Exception):
    """A sealed value was made with another key, for another brand or kind, or was changed."""


class Sealer:
    """Fingerprints and seals with keys derived from one master key of 32 bytes."""

    def __init__(self, master: bytes) -> None:
        if len(master) != KEY_BYTES:
            raise ValueError(f"The key that seals identities must have {KEY_BYTES} bytes.")
        self._derived = lru_cache(maxsize=4_096)(lambda tenant_id, use: _derive(master, tenant_id, use))

    def fingerprint(self, tenant_id: UUID, kind: IdentityKind, namespace: str, value: str) -> str:
        """HMAC-SHA256 of the normalised value, in hexadecimal: equal for equal identities of one tenant."""
        message = _SEPARATOR.join((kind.value, namespace, value)).encode()
        return hmac.new(self._derived(tenant_id, b"fingerprint"), message, hashlib.sha256).hexdigest()

    def seal(self, tenant_id: UUID, kind: IdentityKind, value: str) -> str:
        """The value encrypted, bound to its tenant and kind; different each time."""
        nonce = os.urandom(_NONCE_BYTES)
        cipher = AESGCM(self._derived(tenant_id, b"seal"))
        return base64.b64encode(nonce + cipher.encrypt(nonce, value.encode(), _bound_to(tenant_id, kind))).decode()

    def open(self, tenant_id: UUID, kind: IdentityKind, sealed: str) -> str:
        """What was sealed. Raises SealBroken where this is not the tenant, kind or key it was sealed for."""
        raw = base64.b64decode(sealed)
        cipher = AESGCM(self._derived(tenant_id, b"seal"))
        try:
            return cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], _bound_to(tenant_id, kind)).decode()
        except InvalidTag:
            raise SealBroken from None


_installed: Sealer | None = None


def install(master: bytes) -> None:
    """Give this process the installation's key; once, at start-up."""
    global _installed
    _installed = Sealer(master)


def sealer() -> Sealer:
    """The process's sealer. Raises RuntimeError where start-up forgot the key: nothing may be stored unsealed."""
    if _installed is None:
        raise RuntimeError("No key to seal identities with: call sealing.install(master) at start-up.")
    return _installed


def _derive(master: bytes, tenant_id: UUID, use: bytes) -> bytes:
    return HKDF(SHA256(), length=KEY_BYTES, salt=tenant_id.bytes, info=b"shuke identities " + use).derive(master)


def _bound_to(tenant_id: UUID, kind: IdentityKind) -> bytes:
    return tenant_id.bytes + kind.value.encode()
