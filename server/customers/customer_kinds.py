"""The two kinds of customer: a person, or a company with its contacts."""

from __future__ import annotations

from server.terms import Term


class CustomerKind(Term):
    """Whether the customer is one person or an organisation."""

    PERSON = "PERSON", "Person", "个人"
    COMPANY = "COMPANY", "Company", "企业", "An organisation; the people in it are its contacts."
