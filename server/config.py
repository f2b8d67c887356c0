"""Settings, read once from the environment. A name here is the name of the variable, in capitals."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

DATABASE = "shuke"
"""The brands' database on the embedded server; on a server of one's own, DATABASE_URL names it."""


class Onboarding(StrEnum):
    """Who may call `onboardTenant`."""

    OPEN = "open"
    INVITATION = "invitation"
    CLOSED = "closed"


class Settings(BaseSettings):
    """Every setting of a process, with its default."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    database_url: str | None = None
    """PostgreSQL 15 or later of your own. Without it an embedded one is started below `shuke_data`."""
    migration_database_url: str | None = None
    """The same database as a login that may create roles and tables, where the one above may not (and should not)."""
    shuke_data: Path = Path(".shuke")
    """Folder of everything this installation keeps on disk: the embedded database, demo.json."""
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    development: bool = False
    """Serves GraphiQL to browsers, and the schema to everybody who asks for it."""
    onboarding: Onboarding = Onboarding.OPEN
    invitation_code: str | None = None
    """What `onboardTenant` must bring where onboarding is by invitation."""
    secret_key: str | None = None
    """32 bytes in base64 that seal identities. Made once below `shuke_data` where it is missing."""
    read_pool: int = Field(default=8, ge=1, le=200)
    act_pool: int = Field(default=8, ge=1, le=200)
    statement_timeout_ms: int = Field(default=10_000, ge=100)
    """How long one statement may run. Past it the operation is refused as TOO_COMPLEX."""
    lock_timeout_ms: int = Field(default=5_000, ge=100)
    deadline_ms: int = Field(default=15_000, ge=100)
    """How long a query or mutation may take altogether, waiting for a connection included; then it is UNAVAILABLE."""
    max_cost: int = Field(default=20_000, ge=100)
    """What one operation may read at most, counted before it reads anything; more is refused as TOO_COMPLEX, with the numbers.

    The unit is one field of one row. A page costs its size (`first` or `last` by value, 20 where neither is given) times
    what is asked of a row, and pages multiply: 100 customers with 5 touchpoints of 4 fields each are about 2,100. A closed
    list counts as 10 rows, `nodes(ids:)` as many as ids were given, a computed field as 5, a search as 20, a `totalCount`
    as 50, a condition of a filter as 1. Payloads of acts and each event of a subscription are bounded in the same way.
    """
    plan_cache_mb: int = Field(default=24, ge=1)
    """Memory for compiled operations, about. What was used longest ago goes first."""
    metrics: bool | None = None
    """Whether `GET /metrics` answers, for Prometheus; it holds no data of any tenant. Left out: in development only."""
    allowed_origins: str = "*"
    """Origins of front ends, separated by commas; `*` allows every one (without cookies, which are never used)."""
    log_format: str = Field(default="console", pattern="^(console|json)$")

    @property
    def shows_metrics(self) -> bool:
        return self.development if self.metrics is None else self.metrics

    @property
    def origins(self) -> tuple[str, ...]:
        return tuple(origin.strip() for origin in self.allowed_origins.split(",") if origin.strip())
