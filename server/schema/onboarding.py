"""A brand joins, and a brand chooses the other model before it has customers."""

from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from server.access.permissions import Permission
from server.db.work import Work
from server.lifecycles import onboarding, operating_model_override
from server.operations.store_kinds import StoreKind
from server.planner.declarations import ref, value
from server.schema.access import shown_once
from server.schema.mutations import Payload, idempotency_key, mutation
from server.schema.profiles import BusinessProfileInput, business_profile
from server.schema.staff import StaffMember
from server.schema.tenants import Tenant
from server.tenants.business import BusinessType, Industry, OperatingModelKind
from server.terms import Locale

if TYPE_CHECKING:
    from server.schema.channels import Channel
    from server.schema.operating_models import OperatingModel
    from server.schema.stores import Store


@strawberry.input(description="A store to begin with 门店.")
class FirstStoreInput:
    key: str = strawberry.field(
        description="The brand's own key: a letter, then letters, digits, underscores, at most 64."
    )
    name: str = strawberry.field(description="1 to 200 characters.")
    kind: StoreKind = strawberry.field(default=StoreKind.STORE, description="What kind of place it is.")
    parent_key: str | None = strawberry.field(
        default=None, description="Key of the store of this list it lies below; none: it lies at the top."
    )


@strawberry.input(description="The person who answers for the brand.")
class OwnerInput:
    name: str = strawberry.field(description="1 to 200 characters.")
    email: str = strawberry.field(
        description="E-mail address; with it `clientMutationId` tells a retry from a new call."
    )


@strawberry.input(description="The model the brand wants, whatever is advised.")
class ChosenModelInput:
    kind: OperatingModelKind = strawberry.field(description="Who shall add the customer.")
    reason: str | None = strawberry.field(
        default=None, description="The brand's own reason, 1 to 500 characters; needed against the advice, and kept."
    )


@strawberry.input(description="A brand that joins 入驻.")
class OnboardTenantInput:
    name: str = strawberry.field(description="The brand's name, 1 to 200 characters.")
    slug: str = strawberry.field(
        description="Its short name, unique on the platform: 3 to 63 lower-case letters, digits and inner hyphens."
    )
    business_type: BusinessType = strawberry.field(description="To whom it sells, and at what price 业务类型.")
    industry: Industry = strawberry.field(description="Its trade 行业; it brings roles, journey and metrics.")
    profile: BusinessProfileInput | None = strawberry.field(
        default=None, description="Facts the advice is given on; what is left out is assumed from the trade."
    )
    stores: list[FirstStoreInput] = strawberry.field(
        default_factory=list, description="Stores to begin with, in any order, at most 500."
    )
    owner: OwnerInput = strawberry.field(description="Who answers for the brand and gets the first key.")
    operating_model: ChosenModelInput | None = strawberry.field(
        default=None, description="The model the brand wants; the advised one if left out."
    )
    currency: str = strawberry.field(
        default="CNY", description="Its currency, a code of ISO 4217 like `CNY`. Never changes."
    )
    timezone: str = strawberry.field(default="Asia/Shanghai", description="IANA time zone like `Asia/Shanghai`.")
    locale: Locale = strawberry.field(default=Locale.ZH, description="The language it works in.")
    invitation_code: str | None = strawberry.field(
        default=None, description="Needed where this installation takes brands by invitation."
    )
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="What the brand starts with.")
class OnboardTenantPayload(Payload):
    tenant: Tenant | None = value(description="The brand; null when refused.")
    owner: StaffMember | None = value(description="The owner as a member of staff, who sees every customer.")
    operating_model: Annotated["OperatingModel", strawberry.lazy("server.schema.operating_models")] | None = value(
        description="The operating model in force, with its reasons."
    )
    stores: list[Annotated["Store", strawberry.lazy("server.schema.stores")]] = value(
        get=lambda payload, call: payload.stores or [], description="The stores, in the order given."
    )
    channel: Annotated["Channel", strawberry.lazy("server.schema.channels")] | None = value(
        description="The first channel, of the kind usual in the trade."
    )
    api_key: str | None = shown_once(
        description="The owner's full credential, to be sent as `Authorization: Bearer …`. Shown this once only."
    )


@mutation(
    None,
    public=True,
    opens_tenant=True,
    description="Bring a brand onto the platform 入驻. One call gives its operating model with reasons, its groups or "
    "roles, journey, metrics, first channel and the owner's key. Open to the public where the platform allows it; a "
    "retry with the same `clientMutationId` and owner's e-mail does nothing and shows no key.",
)
async def onboard_tenant(work: Work, input: OnboardTenantInput, call: Any) -> OnboardTenantPayload:
    command = onboarding.OnboardTenant.model_validate(
        {
            "name": input.name,
            "slug": input.slug,
            "profile": business_profile(
                input.profile,
                "profile",
                business_type=input.business_type,
                industry=input.industry,
                currency=input.currency,
            ),
            "stores": [
                {"key": store.key, "name": store.name, "kind": store.kind, "parent_key": store.parent_key}
                for store in input.stores
            ],
            "owner": {"name": input.owner.name, "email": input.owner.email},
            "operating_model": input.operating_model
            and {"kind": input.operating_model.kind, "reason": input.operating_model.reason},
            "currency": input.currency,
            "timezone": input.timezone,
            "locale": input.locale,
            "invitation_code": input.invitation_code,
        }
    )
    started = await onboarding.onboard_tenant(work, command, call.services.settings)
    return OnboardTenantPayload(
        tenant=ref(started.tenant_id),
        owner=ref(started.owner_id),
        operating_model=ref(started.operating_model_id),
        stores=[ref(id) for id in started.store_ids],
        channel=ref(started.channel_id),
        api_key=started.credential,
    )


@strawberry.input(description="The other model, by the brand's own decision.")
class OverrideOperatingModelInput:
    kind: OperatingModelKind = strawberry.field(description="Who shall add the customer.")
    reason: str = strawberry.field(
        description="The brand's own reason, 1 to 500 characters; kept where it is against the advice."
    )
    expected_version: int | None = strawberry.field(
        default=None,
        description="Number of the version in force that was read; the act is refused where another one is.",
    )
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="The new version of the operating model.")
class OverrideOperatingModelPayload(Payload):
    operating_model: Annotated["OperatingModel", strawberry.lazy("server.schema.operating_models")] | None = value(
        description="The version in force, with the warnings of the choice; null when refused."
    )


@mutation(
    Permission.OPERATING_MODEL_MANAGE,
    description="Serve under the other model, before anybody was added 自选运营模式. Refused once there are "
    "relationships: moving them needs planOperatingModelChange, which is not in this release.",
)
async def override_operating_model(work: Work, input: OverrideOperatingModelInput) -> OverrideOperatingModelPayload:
    command = operating_model_override.OverrideOperatingModel(
        kind=input.kind, reason=input.reason, expected_version=input.expected_version
    )
    model = await operating_model_override.override_operating_model(work, command)
    return OverrideOperatingModelPayload(operating_model=ref(model.id))
