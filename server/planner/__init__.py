"""Reads: a GraphQL operation becomes a plan, the plan becomes SQL, the SQL answers with JSON text.

Words: *declaration* (how one field gets its value, said on the Strawberry type and nowhere else), *selection* (the fields
an operation asks of a type), *site* (a field with arguments), *shape* (what of the arguments changes the SQL text),
*hole* (a place in an answer that a computed field fills in), *call* (who asks, in what language, at what time).

This room knows GraphQL's syntax tree and SQLAlchemy Core. It knows no domain, decides nothing about visibility (the
database does) and never runs a resolver per field.
"""
