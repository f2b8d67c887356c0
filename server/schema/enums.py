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
    if "__strawberry_definition__" in term.__dict__:
        return term
    description = (term.__doc__ or term.__name__).split(_DOCUMENTED)[0].strip()
    registered: type[Term] = strawberry.enum(term, description=description)
    definition = registered.__strawberry_definition__  # type: ignore[attr-defined]  # set by strawberry.enum
    for value in definition.values:
        member = term(value.value)
        value.description = f"{member.meaning}{'' if member.meaning.endswith('.') else '.'} {member.zh}"
    return registered


strawberry.enum(Locale, description="Language of labels and messages.")
