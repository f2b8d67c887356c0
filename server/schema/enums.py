"""Registers every closed enumeration of the trade with GraphQL, in place: a domain's `Term` is itself the schema's enum.

Values carry their meaning and the trade's Chinese word as descriptions.
"""

from collections.abc import Iterator

import strawberry

from server.terms import Locale, Term

_DOCUMENTED = "\n\n"


def register_terms() -> list[type[Term]]:
    """Make every Term known so far a GraphQL enum. Called once, after all domains are imported."""
    return [_register(term) for term in sorted(_terms(Term), key=lambda term: term.__name__)]


def _terms(parent: type[Term]) -> Iterator[type[Term]]:
    for term in parent.__subclasses__():
        if len(term) == 0:
            yield from _terms(term)
        else:
            yield term


def _register(term: type[Term]) -> type[Term]:
    """Strawberry may have met the term before, as an annotation; its descriptions are written either way."""
    if "__strawberry_definition__" not in term.__dict__:
        strawberry.enum(term)
    definition = term.__strawberry_definition__  # type: ignore[attr-defined]  # set by strawberry.enum
    definition.description = (term.__doc__ or term.__name__).split(_DOCUMENTED)[0].strip()
    for value in definition.values:
        member = term(value.value)
        value.description = f"{member.meaning}{'' if member.meaning.endswith('.') else '.'} {member.zh}"
    return term


strawberry.enum(Locale, description="Language of labels and messages.")
for _value, _language in zip(Locale.__strawberry_definition__.values, ("English.", "Chinese 中文."), strict=True):  # type: ignore[attr-defined]  # set by strawberry.enum
    _value.description = _language
