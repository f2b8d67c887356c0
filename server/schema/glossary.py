"""The vocabulary of the trade in the caller's language, and a brand's own words for it."""

from collections.abc import Sequence
from typing import Any

import strawberry

from server.access.permissions import Permission
from server.db.reader import Reader
from server.db.work import Work
from server.planner.declarations import argument, computed, value
from server.schema.mutations import Payload, idempotency_key, mutation
from server.tenants import commands, glossary, queries
from server.tenants.service import settings
from server.terms import Locale
from server.terms import Term as TermOfTheTrade


@strawberry.type(description="A term of the trade 术语: one value of one enumeration of this schema.")
class Term:
    kind: str = value(description="Name of the enumeration, like `Purpose`.")
    code: str = value(description="The value. Never changes.")
    label: str = value(
        description="What it is called in the language asked for, in the brand's own word where it has one."
    )
    default_label: str = value(description="What the trade calls it in that language.")
    meaning: str = value(description="What it means, in English.")


def _told(kind: str, term: TermOfTheTrade, locale: Locale, own: dict[tuple[str, str], glossary.OwnLabel]) -> Term:
    return Term(
        kind=kind,
        code=term.value,
        label=glossary.label_of(term, locale, own),
        default_label=term.label(locale),
        meaning=term.meaning,
    )


async def _glossary(reader: Reader, rows: Sequence[Any], locale: Locale | None = None) -> list[list[Term]]:
    own = await queries.own_labels(reader)
    language = locale or reader.call.locale
    return [[_told(kind, term, language, own) for kind, terms in glossary.vocabulary().items() for term in terms]]


@strawberry.type
class GlossaryQueries:
    glossary: list[Term] = computed(
        _glossary,
        public=True,
        arguments=[
            argument(
                "locale",
                Locale | None,
                "Language of the labels; that of the Accept-Language header if left out.",
                default=None,
            )
        ],
        description="Every term of every enumeration with its label and meaning 术语表. Open to everybody; "
        "a signed-in brand sees its own words.",
    )


@strawberry.input(description="A brand's own words for one term of the trade.")
class RelabelInput:
    kind: str = strawberry.field(description="Name of the enumeration, like `Purpose`; see `glossary`.")
    code: str = strawberry.field(description="The value, like `WELCOME`.")
    label_en: str | None = strawberry.field(
        default=None, description="The English word, 1 to 200 characters; null: the trade's own."
    )
    label_zh: str | None = strawberry.field(
        default=None, description="The Chinese word 中文名称, 1 to 200 characters; null: the trade's own."
    )
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="The term as it is called now.")
class RelabelPayload(Payload):
    term: Term | None = value(description="The term in the language of the Accept-Language header; null when refused.")


@mutation(
    Permission.TENANT_MANAGE,
    description="Call a term of the trade by the brand's own word 改称. Codes stay, and no rule looks at labels.",
)
async def relabel(work: Work, input: RelabelInput, call: Any) -> RelabelPayload:
    await settings.relabel(
        work,
        commands.Relabel(kind=input.kind, code=input.code, label_en=input.label_en, label_zh=input.label_zh),
    )
    term = glossary.vocabulary()[input.kind](input.code)
    return RelabelPayload(term=_told(input.kind, term, call.locale, await queries.own_labels(work)))
