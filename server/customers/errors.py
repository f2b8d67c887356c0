"""Why acts on customers are refused."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from server.errors import DomainError, UserErrorCode
from server.operations.units import Unit
from server.terms import Locale


class SeveralCustomers(DomainError):
    """Names nobody: the caller may not see all of them."""

    code = UserErrorCode.AMBIGUOUS
    en = "These identities belong to different customers; merge them, or leave out the wrong ones."
    zh = "这些身份属于不同的客户；请先合并客户，或去掉错误的身份。"


class IdentityTaken(DomainError):
    code = UserErrorCode.ALREADY_EXISTS
    en = "Another customer has this identity."
    zh = "该身份已属于其他客户。"


class WhoAdds(DomainError):
    code = UserErrorCode.REQUIRED
    en = "Say who adds the customer: a staff member or a channel, one of the two."
    zh = "请指明由谁添加客户：员工或渠道，二者选一。"


class OutOfSight(DomainError):
    code = UserErrorCode.NOT_ALLOWED
    en = "Only who sees all customers can add one for somebody elsewhere."
    zh = "只有可查看全部客户者才能为其他范围的同事添加客户。"


class StaffMemberGone(DomainError):
    code = UserErrorCode.NOT_ALLOWED
    en = "This staff member has left and takes no customers."
    zh = "该员工已离职，不能再添加客户。"


class NobodyPlaced(DomainError):
    code = UserErrorCode.NOT_ALLOWED
    en = "This channel leads to nobody: no stage of the journey adds customers."
    zh = "该渠道没有承接方：业务旅程中没有添加客户的环节。"


class NoJourney(DomainError):
    code = UserErrorCode.NOT_ALLOWED
    en = "The operating model has no stages, so no case can be opened."
    zh = "当前运营模式没有业务环节，无法创建服务单。"


class StageRetired(DomainError):
    code = UserErrorCode.NOT_ALLOWED
    en = "This stage is retired; no case is moved to it any more."
    zh = "该环节已停用，不能再推进到该环节。"


class SeveralCases(DomainError):
    """`cases` are the global ids of the open ones, all of the one customer the caller named."""

    code = UserErrorCode.AMBIGUOUS
    en = "Several cases are open; say which one: {cases}."
    zh = "有多个进行中的服务单，请指明：{cases}。"


class CaseIsClosed(DomainError):
    code = UserErrorCode.NOT_ALLOWED
    en = "This case is closed."
    zh = "该服务单已结束。"


class BeforeLastMove(DomainError):
    en = "The case has moved later than this time."
    zh = "该时间早于服务单最近一次推进。"


class GoingBackNeedsReason(DomainError):
    code = UserErrorCode.REQUIRED
    en = "Moving a case back to an earlier stage needs a reason."
    zh = "退回到之前的环节须说明原因。"


class LossNeedsReason(DomainError):
    code = UserErrorCode.REQUIRED
    en = "A lost case needs the reason why it was lost."
    zh = "流失的服务单须说明流失原因。"


class LossReasonWithoutLoss(DomainError):
    en = "Only a lost case has a loss reason."
    zh = "只有流失的服务单才有流失原因。"


class CannotCloseAsOpen(DomainError):
    en = "A case is closed as won, completed, lost or dormant."
    zh = "服务单只能以成交、已完成、流失或沉睡结束。"


class ConsentMissing(DomainError):
    code = UserErrorCode.CONSENT_REQUIRED
    en = "The customer has not consented to this: {scope}."
    zh = "客户尚未同意：{scope}。"


class OnlyCompaniesHaveContacts(DomainError):
    code = UserErrorCode.NOT_ALLOWED
    en = "Only a company has contacts; this customer is a person."
    zh = "只有企业客户才有联系人。"


class RelationshipOver(DomainError):
    code = UserErrorCode.NOT_ALLOWED
    en = "This friendship has ended already."
    zh = "该好友关系已结束。"


class InFuture(DomainError):
    en = "This time is in the future."
    zh = "该时间在未来。"


class RefusesEverything(DomainError):
    code = UserErrorCode.REQUIRED
    en = "Name the purpose, the medium, or both, that the customer does not want."
    zh = "请指明客户不希望接收的触达目的或媒介。"


# ------------------------------------------------------------------------------------------------------------ boundaries


class UnitNamed(NamedTuple):
    """A group or role as a refused caller may know it."""

    unit: Unit
    key: str
    en: str
    zh: str


class HolderNamed(NamedTuple):
    """Who serves the customer in the role that owns the purpose. No name for a caller who may not read of staff."""

    staff_id: UUID
    name: str | None
    since: datetime


class OutOfBoundary(DomainError):
    """Facts: `purpose`, `acting` and `owner` (None where nobody owns it), `holders`, `customer_id` (or None)."""

    code = UserErrorCode.OUT_OF_BOUNDARY
    en = "{purpose.en} is outside the boundary of {acting.en}. "
    zh = "“{purpose.zh}”超出{acting.zh}的服务边界。"

    def message(self, locale: Locale) -> str:
        owner, said = self.facts["owner"], super().message(locale)
        if not isinstance(owner, UnitNamed):
            return said + ("当前运营模式下无人负责该目的。" if locale is Locale.ZH else "Nobody owns it now.")
        return said + (f"由{owner.zh}负责。" if locale is Locale.ZH else f"{owner.en} owns it.")


class OverrideNotGranted(DomainError):
    code = UserErrorCode.NOT_ALLOWED
    en = "Acting outside a boundary needs the permission BOUNDARY_OVERRIDE."
    zh = "越界操作需要权限：越界操作（BOUNDARY_OVERRIDE）。"


class NoCapacityGiven(DomainError):
    code = UserErrorCode.REQUIRED
    en = "Name the one role or group in which the person shall serve the customer; the person is placed there."
    zh = "请指明承接的角色或小组（二者选一），且该员工须在其中任职。"


class WaitsNoMore(DomainError):
    code = UserErrorCode.NOT_ALLOWED
    en = "Nobody waits here any more: {state}."
    zh = "该客户已不在等待：{state_zh}。"


class AssigneeOff(DomainError):
    code = UserErrorCode.NOT_ALLOWED
    en = "This person is off at the moment."
    zh = "该员工正在休假。"


class AssigneeFull(DomainError):
    """`friends` and `added_today` are what the person has, `capacity` and `daily_limit` what they may; None: no limit."""

    code = UserErrorCode.LIMIT_REACHED
    en = "Nobody named has room for another customer."
    zh = "承接人已达上限，无法再分配客户。"


class IsTheSameCustomer(DomainError):
    en = "This is the customer who stays, or has been merged with them already."
    zh = "这就是保留的客户，或已与其合并。"


class KindsDiffer(DomainError):
    code = UserErrorCode.NOT_ALLOWED
    en = "A person and a company are not the same customer."
    zh = "个人与企业不是同一客户。"


class IdentitiesContradict(DomainError):
    """`kinds` are the kinds of identities of which one customer has one, and these have different ones."""

    code = UserErrorCode.NOT_ALLOWED
    en = "They have different identities of a kind of which a customer has one: {listed}. They are two."
    zh = "同类唯一身份不一致（{listed}），不是同一客户。"


class CustomerErased(DomainError):
    code = UserErrorCode.NOT_ALLOWED
    en = "The personal data of this customer was erased; nothing says who it was."
    zh = "该客户的个人信息已删除，无法判断身份。"


class NotMerged(DomainError):
    code = UserErrorCode.NOT_ALLOWED
    en = "This customer is not merged into another one."
    zh = "该客户未被合并。"


class MergedTooLongAgo(DomainError):
    code = UserErrorCode.NOT_ALLOWED
    en = "A merge can be undone for {days} days; this one is older."
    zh = "合并仅可在{days}天内撤销，现已超期。"
