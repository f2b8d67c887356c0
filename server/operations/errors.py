"""Why an act about the operating model, stores, placements or channels is refused."""

from __future__ import annotations

from server.errors import DomainError, UserErrorCode


class OverrideNeedsReason(DomainError):
    code = UserErrorCode.REQUIRED
    en = "A model against the advice needs a reason of your own."
    zh = "选择与建议不同的运营模式，须填写您自己的理由。"


class NeededForNew(DomainError):
    code = UserErrorCode.REQUIRED
    en = "This is needed to make a new one."
    zh = "新建时必填。"


# --------------------------------------------------------------------------------------------------- faults of a design


class StageCount(DomainError):
    en = "A journey has 1 to 30 stages, this one has {count}."
    zh = "业务旅程须有 1 到 30 个环节，当前为 {count} 个。"


class DuplicateStage(DomainError):
    code = UserErrorCode.ALREADY_EXISTS
    en = "The stage {key} stands twice in the journey."
    zh = "环节 {key} 重复。"


class UnknownOwner(DomainError):
    code = UserErrorCode.NOT_FOUND
    en = "There is no group or role {key} that serves."
    zh = "没有在岗的小组或角色 {key}。"


class NobodyAdds(DomainError):
    code = UserErrorCode.REQUIRED
    en = "At least one stage must add the customer."
    zh = "至少要有一个环节添加客户。"


class RoleAddsUnderCentral(DomainError):
    code = UserErrorCode.NOT_ALLOWED
    en = "Under the central model an ops group adds the customer, not the role {owner} at {stage}."
    zh = "在线运营小组模式下由小组添加客户，环节 {stage} 不能由角色 {owner} 添加。"


class PurposeUnowned(DomainError):
    code = UserErrorCode.REQUIRED
    en = "Nobody would own the purpose {purpose}. Name its owner, or declare it not used."
    zh = "触达目的 {purpose} 将无人负责，请指定负责方或声明不使用。"


class PurposeOwnedTwice(DomainError):
    code = UserErrorCode.ALREADY_EXISTS
    en = "The purpose {purpose} would have several owners: {owners}."
    zh = "触达目的 {purpose} 将有多个负责方：{owners}。"


class SharedPurpose(DomainError):
    en = "The purpose {purpose} is everybody's and belongs in no boundary."
    zh = "触达目的 {purpose} 为共用，不归入任何服务边界。"


class PurposeStillUsed(DomainError):
    en = "The purpose {purpose} cannot be owned and not used at once."
    zh = "触达目的 {purpose} 不能既有负责方又声明不使用。"


class HeadlineNotMoved(DomainError):
    code = UserErrorCode.NOT_ALLOWED
    en = "{owner} answers for {metric}, but none of its stages is measured by it."
    zh = "{owner} 对 {metric} 负责，但它的环节都不以此衡量。"


class MetricNotAnswered(DomainError):
    code = UserErrorCode.NOT_ALLOWED
    en = "{owner} does not answer for {metric}."
    zh = "{owner} 不对 {metric} 负责。"


class ConversionMissing(DomainError):
    code = UserErrorCode.REQUIRED
    en = "The conversion {metric} is answered for, but has no stages and days to be measured by."
    zh = "转化指标 {metric} 有人负责，但未设定起止环节与天数。"


class ConversionOutOfOrder(DomainError):
    en = "{metric} must lead from one stage of the journey to a later one."
    zh = "{metric} 须从旅程中的一个环节到其后的环节。"


class NotAConversion(DomainError):
    en = "{metric} is not measured between stages."
    zh = "{metric} 不是环节转化指标。"


class KeyTaken(DomainError):
    code = UserErrorCode.ALREADY_EXISTS
    en = "The key {key} belongs to a {other}."
    zh = "键 {key} 已属于 {other}。"


class OtherUnit(DomainError):
    code = UserErrorCode.NOT_ALLOWED
    en = "The persona {key} belongs to another group or role, and stays there."
    zh = "服务形象 {key} 已属于其他小组或角色，不能转移。"


class LastPersona(DomainError):
    code = UserErrorCode.NOT_ALLOWED
    en = "This is the only persona of a group or role that serves."
    zh = "这是在岗小组或角色唯一的服务形象。"


class UnitInUse(DomainError):
    code = UserErrorCode.NOT_ALLOWED
    en = "{key} cannot be retired: it has {what}."
    zh = "{key} 不能停用：仍有 {what}。"


# ------------------------------------------------------------------------------------- stores, placements and channels


class StoreCycle(DomainError):
    code = UserErrorCode.NOT_ALLOWED
    en = "{key} cannot lie below itself."
    zh = "{key} 不能位于自身之下。"


class StoreIsClosed(DomainError):
    code = UserErrorCode.NOT_ALLOWED
    en = "The store {key} is closed."
    zh = "门店 {key} 已关闭。"


class StoreInUse(DomainError):
    code = UserErrorCode.NOT_ALLOWED
    en = "{key} cannot close: {what}."
    zh = "{key} 不能关闭：{what}。"


class UnitRetired(DomainError):
    code = UserErrorCode.NOT_ALLOWED
    en = "{key} is retired."
    zh = "{key} 已停用。"


class OneUnit(DomainError):
    en = "Name either a group or a role."
    zh = "请指定小组或角色之一。"


class StaffHasLeft(DomainError):
    code = UserErrorCode.NOT_ALLOWED
    en = "This person has left."
    zh = "该员工已离职。"


class PlacementHasEnded(DomainError):
    code = UserErrorCode.NOT_ALLOWED
    en = "This placement has ended already."
    zh = "该任职已结束。"


class UnitNeverAdds(DomainError):
    code = UserErrorCode.NOT_ALLOWED
    en = "{key} adds no customers at any stage, so no code can lead to it."
    zh = "{key} 在任何环节都不添加客户，渠道活码不能指向它。"


class CodeTaken(DomainError):
    code = UserErrorCode.ALREADY_EXISTS
    en = "Another channel has this code."
    zh = "该活码已被其他渠道使用。"


class ChannelIsRetired(DomainError):
    code = UserErrorCode.NOT_ALLOWED
    en = "The channel {name} is retired."
    zh = "渠道 {name} 已停用。"


# ----------------------------------------------------------------------------------------------------------- assignment


class BackupOfItself(DomainError):
    en = "A group cannot be its own backup."
    zh = "小组不能作为自己的后备。"


class CoverOfThemselves(DomainError):
    en = "Somebody else must stand in."
    zh = "须由其他人代班。"


class CoverIsOff(DomainError):
    code = UserErrorCode.NOT_ALLOWED
    en = "Whoever shall stand in is off at that time."
    zh = "代班人在该时段休假。"


class AbsencesOverlap(DomainError):
    en = "Overlaps another absence."
    zh = "与其他休假时段重叠。"


class EndsBeforeItBegins(DomainError):
    en = "Must be later than it begins, and later than now."
    zh = "须晚于开始时间和当前时间。"
