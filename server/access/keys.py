"""API keys: `shuke_<tenant>_<secret>`. The tenant is part of the key so that the lookup itself passes the tenant's door."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections import OrderedDict
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import asyncpg

from server.access.caller import PUBLIC, Caller
from server.access.events import ApiKeyCreated, ApiKeyRevoked
from server.access.permissions import DEFAULTS, DataScope, Permission, PrincipalKind
from server.access.tables import ApiKey
from server.db.database import Database
from server.db.tenancy import CREDENTIAL_STAMP, Passage, Scope, through_door
from server.db.work import Work
from server.errors import CredentialEnded, DomainError, Invalid, UserErrorCode

_KEY = re.compile(r"shuke_([0-9a-f]{32})_([A-Za-z0-9_-]{43})")

_LOOKUP = through_door(
    f"""SELECT k.id, k.kind, k.staff_id, k.permissions, k.expires_at, s.data_scope, {CREDENTIAL_STAMP} AS stamp
       FROM api_keys k
       LEFT JOIN staff_members s ON s.tenant_id = k.tenant_id AND s.id = k.staff_id AND s.left_at IS NULL
       WHERE k.tenant_id = door.t::uuid AND k.secret_hash = $1 AND k.revoked_at IS NULL
         AND (k.expires_at IS NULL OR k.expires_at > now())""",  # noqa: S608  # composed of constants alone
    1,
)


class MorePermissionsThanOwn(DomainError):
    code = UserErrorCode.NOT_ALLOWED
    en = "A key cannot have permissions its maker lacks: {permissions}."
    zh = "密钥的权限不能超过创建者：{permissions}。"


class AlreadyRevoked(DomainError):
    code = UserErrorCode.NOT_ALLOWED
    en = "This key is revoked already."
    zh = "该密钥已被吊销。"


async def create_api_key(
    work: Work,
    *,
    name: str,
    kind: PrincipalKind,
    staff_id: UUID | None = None,
    permissions: Iterable[Permission] | None = None,
    expires_at: datetime | None = None,
) -> tuple[ApiKey, str]:
    """A new key, and the full credential, which can be shown this once only.

    The caller answers for `staff_id` being a staff member who has not left. Raises MorePermissionsThanOwn.
    """
    if (kind is PrincipalKind.STAFF) != (staff_id is not None):
        raise Invalid(
            "staff_id",
            why="A staff key names its staff member; other keys do not.",
            why_zh="员工密钥须指定员工，其他密钥不可。",
        )
    if kind is PrincipalKind.PUBLIC:
        raise Invalid("kind", why="Nobody needs a key to be the public.", why_zh="公开访问无需密钥。")
    if expires_at is not None and expires_at <= work.now:
        raise Invalid("expires_at", why="This time has passed.", why_zh="该时间已过。")
    granted = frozenset(DEFAULTS[kind] if permissions is None else permissions)
    if permissions is None and kind is not PrincipalKind.OWNER:
        granted &= work.caller.permissions
    if excess := granted - work.caller.permissions:
        raise MorePermissionsThanOwn("permissions", permissions=", ".join(sorted(excess)))
    secret = secrets.token_urlsafe(32)
    key = work.add(
        ApiKey(
            name=name,
            kind=kind,
            staff_id=staff_id,
            permissions=sorted(granted),
            secret_hash=_hash(secret),
            secret_tail=secret[-4:],
            expires_at=expires_at,
        )
    )
    work.emit(ApiKeyCreated(api_key_id=key.id, kind=kind))
    return key, f"shuke_{work.tenant_id.hex}_{secret}"


async def revoke_api_key(work: Work, api_key_id: UUID) -> ApiKey:
    """The key opens nothing from the next request on; its live subscriptions end. Raises AlreadyRevoked."""
    key = await work.require(ApiKey, api_key_id, "api_key_id", lock=True)
    if key.revoked_at is not None:
        raise AlreadyRevoked("api_key_id")
    await work.change(key, revoked_at=work.now)
    work.emit(ApiKeyRevoked(api_key_id=key.id))
    return key


_REMEMBERED = 10_000


class Credentials:
    """Lets callers in. Who was let in is remembered, for the door confirms the key in every statement anyway."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._remembered: OrderedDict[str, Caller] = OrderedDict()

    def recognise(self, authorization: str | None) -> Caller | None:
        """Whoever was let in by this credential before, without asking: it may have been revoked since."""
        if authorization is None:
            return PUBLIC
        return self._remembered.get(_hash(authorization))

    async def authenticate(self, authorization: str | None) -> Caller:
        """The caller behind an Authorization header; the public caller where there is none.

        Raises CredentialEnded, in the same words for a key that never was, is revoked, expired, or whose staff member
        left.
        """
        if authorization is None:
            return PUBLIC
        digest = _hash(authorization)
        self._remembered.pop(digest, None)
        caller = await authenticate(self._database, authorization)
        self._remembered[digest] = caller
        if len(self._remembered) > _REMEMBERED:
            self._remembered.popitem(last=False)
        return caller


async def authenticate(database: Database, authorization: str) -> Caller:
    """The caller behind an Authorization header, as the database knows it now. Raises CredentialEnded."""
    scheme, _, token = authorization.partition(" ")
    match = _KEY.fullmatch(token.strip()) if scheme.lower() == "bearer" else None
    if match is None:
        raise CredentialEnded
    tenant_id = UUID(hex=match[1])
    async with database.reads.acquire() as connection:
        record = await connection.fetchrow(_LOOKUP, _hash(match[2]), *Passage(tenant_id, None, Scope.ALL).values)
    return _caller(tenant_id, record)


def _caller(tenant_id: UUID, record: asyncpg.Record | None) -> Caller:
    if record is None or (record["staff_id"] is not None and record["data_scope"] is None):
        raise CredentialEnded
    kind = PrincipalKind(record["kind"])
    permissions = _known(record["permissions"])
    return Caller(
        tenant_id=tenant_id,
        kind=kind,
        principal_id=record["staff_id"] or record["id"],
        staff_id=record["staff_id"],
        permissions=permissions,
        data_scope=DataScope(record["data_scope"]) if record["staff_id"] else DataScope.ALL,
        key_id=record["id"],
        expires_at=record["expires_at"],
        stamp=record["stamp"],
    )


def _known(codes: Iterable[str]) -> frozenset[Permission]:
    """The permissions behind stored codes; one that a later version dropped grants nothing."""
    return frozenset(Permission(code) for code in codes if code in Permission.__members__)


def _hash(secret: str) -> str:
    """SHA-256 is enough for 256 random bits: there is nothing to guess."""
    return hashlib.sha256(secret.encode()).hexdigest()
