"""The advice who should add the customer, and the templates it leads to: values, not rows.

Domain objects are given out as they are; each field says which attribute it shows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import strawberry

from server.customers.note_kinds import NoteKind
from server.customers.subject_kinds import SubjectKind
from server.db.reader import Reader
from server.errors import DomainError, ErrorCode, Invalid, Refusals, RequestError
from server.feedback.kinds import FeedbackKind
from server.operations.channel_kinds import ChannelKind
from server.operations.metrics import Metric
from server.operations.purposes import Purpose
from server.operations.template_parts import OPS_GROUP, Template, TemplateWarning
from server.operations.templates import template
from server.planner.call import Call
from server.planner.declarations import argument, computed, value
from server.schema.profiles import BusinessProfileInput, business_profile
from server.schema.scalars import CurrencyCode, locale_argument
from server.schema.user_errors import common
from server.tenants import advice_texts, queries
from server.tenants.advice_terms import ReasonKey, RuleKey, Severity, WarningKey
from server.tenants.business import AdviceStrength, Industry, OperatingModelKind
from server.tenants.business_profile import BusinessProfile, default_thresholds
from server.tenants.operating_model import Advice, advise
from server.tenants.service.profiles import check_business_profile
from server.terms import Locale


def _label(thing: Any, call: Call, locale: Locale | None = None) -> str:
    text: str = thing.label(locale or call.locale)
    return text


def _wording(name: str, description: str) -> Any:
    """A text of a template in both languages, given in one."""

    def get(role: Any, call: Call, locale: Locale | None = None) -> str:
        return _label(getattr(role, name), call, locale)

    return value(get=get, arguments=[locale_argument()], description=description)


def _label_field(description: str) -> Any:
    return value(get=_label, arguments=[locale_argument()], description=description)


@strawberry.type(description="A number behind a reason or warning.")
class Figure:
    name: str = value(description="Which number: an input of the profile or a threshold, in snake case.")
    currency: CurrencyCode | None = value(description="Its currency, where it is an amount of money; otherwise null.")
    value: Decimal = value(description="The number.")


@strawberry.type(description="A fact that speaks for one of the two operating models, not always the advised one 理由.")
class AdviceReason:
    code: ReasonKey = value(get=lambda reason, call: reason.key, description="Which reason.")
    message: str = value(
        get=lambda reason, call: advice_texts.text(reason, call.locale),
        description="The reason with its figures, for a manager to read, in the caller's language.",
    )
    supports: OperatingModelKind = value(description="The model it speaks for.")
    input: str = value(description="The input of the profile that caused it, in snake case.")
    figures: list[Figure] = value(description="The numbers behind it.")


@strawberry.type(description="What can go wrong under the model at hand, or with the advice itself 提醒.")
class AdviceWarning:
    code: WarningKey = value(get=lambda warning, call: warning.key, description="Which warning.")
    message: str = value(
        get=lambda warning, call: advice_texts.text(warning, call.locale),
        description="The warning with its figures, in the caller's language.",
    )
    severity: Severity = value(description="How grave it is.")
    figures: list[Figure] = value(description="The numbers behind it.")


@strawberry.type(description="What must be known before a template is taken over.")
class TemplateNotice:
    code: TemplateWarning = value(get=lambda warning, call: warning, description="Which notice.")
    message: str = value(
        get=lambda warning, call: warning.meaning if call.locale is Locale.EN else warning.label(call.locale),
        description="The notice in words, in the caller's language.",
    )


@strawberry.type(description="One key node or other stage of a template's journey 环节.")
class TemplateStage:
    key: str = value(description="Its key; the stage made from it has the same.")
    label: str = _label_field("What it is called.")
    owner: str = value(description="Key of the group or role that serves here.")
    metric: Metric = value(description="What the owner answers for while a case stands here.")
    adds: bool = value(
        description="Whether this is a key node 关键节点, where the owner adds the customer as a friend."
    )
    due_days: int | None = value(
        description="Days within which the case should move on; null where there is no such limit."
    )


@strawberry.type(description="A service role or the ops group of a template 角色.")
class TemplateRole:
    key: str = value(description="Its key; the group or role made from it has the same.")
    label: str = _label_field("What it is called inside the brand.")
    persona: str = _wording(
        "persona",
        "What the customer sees as the name 服务形象; `{staff}` and `{brand}` stand for the person and the brand.",
    )
    position: str = _wording("position", "What the customer sees as the position, at most 32 characters.")
    promise: str = _wording("promise", "What the customer may expect.")
    metric: Metric = value(description="The headline metric it answers for 指标.")
    also: list[Metric] = value(description="Further metrics shown with it.")
    owns: list[Purpose] = value(description="The purposes it owns 服务边界.")
    may: list[Purpose] = value(description="Purposes of other owners it may use too.")
    duty: list[FeedbackKind] = value(
        get=lambda role, call: [FeedbackKind(code) for code in role.duty], description="Feedback it must answer."
    )
    cleared_for: list[NoteKind] = value(
        get=lambda role, call: [NoteKind(code) for code in role.cleared_for],
        description="Sensitive notes whose text it may read.",
    )
    adds: bool = value(description="Whether it adds customers at one of its stages.")
    dormant: bool = value(description="Whether it is only named: no stages, no boundary, no friends.")


@strawberry.type(description="The window of a conversion between two stages 转化口径.")
class TemplateConversion:
    metric: Metric = value(get=lambda pair, call: pair[0], description="The metric.")
    from_stage: str = value(get=lambda pair, call: pair[1].from_stage, description="Key of the stage it counts from.")
    to_stage: str = value(
        get=lambda pair, call: pair[1].to_stage, description="Key of the stage to be reached; a later one counts too."
    )
    days: int = value(get=lambda pair, call: pair[1].days, description="Within so many days.")


@strawberry.type(description="The operating model an industry starts with, under one kind 运营模式模板.")
class OperatingModelTemplate:
    industry: Industry = value(description="The trade.")
    kind: OperatingModelKind = value(description="Who adds the customer.")
    reviewed: bool = value(
        description="Whether it was reviewed for this trade and kind, not derived from the trade's other kind."
    )
    warnings: list[TemplateNotice] = value(description="What must be known before it is taken over.")
    groups: list[TemplateRole] = value(
        get=lambda template, call: [role for role in template.roles if role.key == OPS_GROUP],
        description="The ops groups 运营小组; none under PER_ROLE.",
    )
    roles: list[TemplateRole] = value(
        get=lambda template, call: [role for role in template.roles if role.key != OPS_GROUP],
        description="The service roles 服务角色, dormant ones too.",
    )
    journey: list[TemplateStage] = value(
        get=lambda template, call: template.stages, description="The stages 业务旅程, in order."
    )
    conversions: list[TemplateConversion] = value(
        get=lambda template, call: list(template.conversions.items()),
        description="How the conversions between stages are measured.",
    )
    not_used: list[Purpose] = value(description="Purposes this trade does not need; they have no owner.")
    default_channel: ChannelKind = value(description="Where customers of this trade usually come from first 渠道.")
    default_subject: SubjectKind = value(
        get=lambda template, call: SubjectKind(template.default_subject),
        description="What a case of this trade is usually about 服务对象.",
    )


@dataclass(frozen=True, slots=True)
class Advised:
    """An advice and the profile it was given on."""

    profile: BusinessProfile
    advice: Advice

    @property
    def preview(self) -> Template:
        return template(self.profile.industry, self.advice.model)


def _of_advice(name: str, description: str) -> Any:
    return value(get=lambda advised, call: getattr(advised.advice, name), description=description)


@strawberry.type(description="Who should add the customer, and why 运营模式建议.")
class OperatingModelAdvice:
    model: OperatingModelKind = _of_advice("model", "The advised model.")
    strength: AdviceStrength = _of_advice("strength", "How sure the advice is.")
    decided_by: RuleKey = _of_advice("decided_by", "The rule that decided: the first that held.")
    reasons: list[AdviceReason] = _of_advice("reasons", "Every reason that holds, for the advised model or against it.")
    warnings: list[AdviceWarning] = _of_advice("warnings", "Every warning that holds under the advised model.")
    assumed: list[str] = _of_advice(
        "assumed", "Inputs that were not given and taken from what is usual in the industry, in snake case."
    )
    missing: list[str] = _of_advice(
        "missing", "Inputs that were not given and nothing stands in for, in snake case; they prove nothing."
    )
    preview: OperatingModelTemplate = value(
        description="What the brand would start with: groups or roles, and the journey."
    )


async def _advise(reader: Reader, rows: Sequence[Any], profile: BusinessProfileInput) -> list[Advised]:
    """On the tenant's own thresholds and, for what the profile leaves out, its own type and trade, where signed in."""
    known = await queries.business_facts(reader)
    business_type = profile.business_type or (known and known.profile.business_type)
    industry = profile.industry or (known and known.profile.industry)
    try:
        facts = business_profile(
            profile,
            "profile",
            business_type=_required(business_type, "business_type"),
            industry=_required(industry, "industry"),
            currency=None if known is None else known.profile.currency,
        )
        check_business_profile(facts, "profile")
    except DomainError as refusal:
        raise _bad_input(refusal, reader.call.locale) from None
    thresholds = default_thresholds(facts.currency) if known is None else known.thresholds
    return [Advised(facts, advise(facts, thresholds))]


def _required(given: Any, name: str) -> Any:
    if given is None:
        raise Invalid("profile", name, why="Say this to be advised.", why_zh="须填写才能给出建议。")
    return given


def _bad_input(refusal: DomainError, locale: Locale) -> RequestError:
    """A query has no payload to be refused in: every fault becomes a top-level error that names its field."""
    refusals = refusal.refusals if isinstance(refusal, Refusals) else (refusal,)
    errors: list[dict[str, object]] = []
    for one in refusals:
        told = common(one, locale)
        extensions = {"code": ErrorCode.BAD_USER_INPUT.value, "argument": "profile", "field": told["field"]}
        errors.append({"message": f"{'.'.join(told['field'])}: {told['message']}", "extensions": extensions})
    return RequestError(ErrorCode.BAD_USER_INPUT, str(errors[0]["message"]), errors=errors)


def _template(call: Call, rows: Sequence[Any], industry: Industry, kind: OperatingModelKind) -> list[Template]:
    return [template(industry, kind)]


@strawberry.type
class AdviceQueries:
    advise_operating_model: OperatingModelAdvice = computed(
        _advise,
        public=True,
        arguments=[
            argument(
                "profile",
                BusinessProfileInput,
                "What is known of the business. A signed-in brand may leave out `businessType` and `industry`.",
            )
        ],
        description="Who should add the customer 谁来添加客户: one ops group, or the role at each key node. "
        "Open to everybody, before onboarding too; a signed-in brand is advised on its own thresholds.",
    )
    operating_model_template: OperatingModelTemplate = computed(
        _template,
        public=True,
        pure=True,
        arguments=[
            argument("industry", Industry, "The trade."),
            argument("kind", OperatingModelKind, "Who adds the customer."),
        ],
        description="What an industry starts with under either model: groups or roles, boundaries, journey, metrics. "
        "Open to everybody.",
    )
