"""What a service note 服务记录 records, and which notes only cleared staff may read.

Pure data. A role is cleared for the kinds its template names; everybody else sees that a note is there and whom to ask.
"""

from __future__ import annotations

from server.terms import Term


class NoteKind(Term):
    """What happened, in the words of whoever served."""

    PREFERENCE = "PREFERENCE", "Preference", "偏好"
    NEED = "NEED", "Need", "需求"
    MEASUREMENT = "MEASUREMENT", "Measurements", "量房或量体数据", "Measurements of a home or of the body."
    DIAGNOSIS = "DIAGNOSIS", "Diagnosis", "诊断"
    TREATMENT = "TREATMENT", "Treatment record", "治疗记录"
    ALLERGY = "ALLERGY", "Allergies and contraindications", "过敏与禁忌"
    DESIGN = "DESIGN", "Design", "设计方案"
    TECHNICAL = "TECHNICAL", "Technical parameters", "技术参数"
    LEARNING = "LEARNING", "Learning record", "学情"
    FINANCE = "FINANCE", "Loan and payment papers", "贷款与付款资料"
    PROMISE_CONTEXT = "PROMISE_CONTEXT", "Context of a promise", "承诺说明"
    GENERAL = "GENERAL", "Other", "其他"

    @property
    def sensitive(self) -> bool:
        """Sensitive personal information: the text is for the author, cleared roles and the customer only."""
        return self in _SENSITIVE

    @property
    def about_minor(self) -> bool:
        """It tells about a minor, so it hangs on the guardian's consent."""
        return self is NoteKind.LEARNING

    @property
    def warns_all_serving(self) -> bool:
        """Everyone who serves the customer sees the warning flag (that there is one), without the text."""
        return self is NoteKind.ALLERGY


_SENSITIVE = frozenset({NoteKind.DIAGNOSIS, NoteKind.TREATMENT, NoteKind.ALLERGY, NoteKind.LEARNING, NoteKind.FINANCE})
