"""Whom or what a case is about 服务对象: the closed list of subject kinds."""

from __future__ import annotations

from server.terms import Term


class SubjectKind(Term):
    """What is served for the customer."""

    PERSON = "PERSON", "The customer", "本人", "The customer in person."
    FAMILY_MEMBER = "FAMILY_MEMBER", "Family member", "家人"
    CHILD = "CHILD", "Child", "孩子", "A minor; the guardian is the customer."
    PET = "PET", "Pet", "宠物"
    HOME = "HOME", "Home", "房屋"
    CAR = "CAR", "Car", "车辆"
    SITE = "SITE", "Plant or site", "工厂或网点"
    CONTRACT = "CONTRACT", "Contract", "合同"
