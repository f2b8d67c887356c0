"""Permissions, kinds of principal, and which permissions each kind has by default."""

from __future__ import annotations

from collections.abc import Mapping

from server.terms import Term


class Permission(Term):
    """One kind of read or act. Declared on fields and gathered into the plan of an operation."""

    TENANT_READ = "TENANT_READ", "Read the brand's settings, staff and stores", "查看品牌设置"
    TENANT_MANAGE = "TENANT_MANAGE", "Change the brand's settings, staff and stores", "管理品牌设置"
    OPERATING_MODEL_MANAGE = "OPERATING_MODEL_MANAGE", "Change the operating model", "管理运营模式"
    CHANNEL_MANAGE = "CHANNEL_MANAGE", "Create and retire channels", "管理渠道活码"
    CUSTOMER_READ = "CUSTOMER_READ", "Read customers", "查看客户"
    CUSTOMER_WRITE = "CUSTOMER_WRITE", "Add and change customers", "维护客户"
    IDENTITY_READ = "IDENTITY_READ", "Read full phone numbers and other identities", "查看客户完整身份信息"
    CUSTOMER_MERGE = "CUSTOMER_MERGE", "Find duplicate customers, merge them, and undo it", "合并客户"
    NOTE_READ = "NOTE_READ", "Read service notes", "查看服务记录"
    NOTE_READ_SENSITIVE = "NOTE_READ_SENSITIVE", "Read sensitive notes of every role", "查看敏感服务记录"
    CONSENT_WRITE = "CONSENT_WRITE", "Record and withdraw consents", "登记客户同意"
    TOUCHPOINT_READ = "TOUCHPOINT_READ", "Read touchpoints", "查看触点"
    TOUCHPOINT_WRITE = "TOUCHPOINT_WRITE", "Record touchpoints and their outcomes", "登记触点"
    BOUNDARY_OVERRIDE = "BOUNDARY_OVERRIDE", "Act outside service boundaries, with a reason", "越界操作"
    ATTENTION_MANAGE = "ATTENTION_MANAGE", "Set the attention policy, mark content as bait", "管理注意力政策"
    ATTENTION_OVERRIDE = (
        "ATTENTION_OVERRIDE",
        "Contact customers against the attention policy, with a reason",
        "超额联系客户",
    )
    CAMPAIGN_MANAGE = "CAMPAIGN_MANAGE", "Publish contents, define segments, run campaigns", "管理内容、人群包与活动"
    ITEM_MANAGE = "ITEM_MANAGE", "Define items", "管理商品与项目"
    FEEDBACK_READ = "FEEDBACK_READ", "Read feedback", "查看反馈"
    FEEDBACK_WRITE = "FEEDBACK_WRITE", "Raise and answer feedback", "处理反馈"
    FEEDBACK_MANAGE = (
        "FEEDBACK_MANAGE",
        "Validate rewards, plan and ship improvements, set the policy of feedback",
        "管理反馈与改进",
    )
    REWARD_APPROVE = "REWARD_APPROVE", "Approve rewards above the policy's limit", "审批大额致谢金"
    WOW_READ = "WOW_READ", "Read wow plays, moments and shares", "查看惊喜与分享"
    WOW_WRITE = "WOW_WRITE", "Record wow moments and shares", "登记惊喜与分享"
    WOW_MANAGE = "WOW_MANAGE", "Define wow plays", "管理惊喜方案"
    QUOTE_READ = "QUOTE_READ", "Read quotes and their conflicts", "查看报价"
    QUOTE_WRITE = "QUOTE_WRITE", "Draft, issue and present quotes, record answers", "报价"
    QUOTE_MANAGE = "QUOTE_MANAGE", "Resolve conflicts of quotes, and set their policy", "管理报价冲突"
    ORDER_READ = "ORDER_READ", "Read orders and refunds", "查看订单"
    ORDER_WRITE = "ORDER_WRITE", "Record orders and refunds", "登记订单与退款"
    APPOINTMENT_READ = "APPOINTMENT_READ", "Read appointments", "查看预约"
    APPOINTMENT_WRITE = "APPOINTMENT_WRITE", "Book, move and settle appointments", "登记预约"
    PROMISE_READ = "PROMISE_READ", "Read promises", "查看承诺"
    PROMISE_WRITE = "PROMISE_WRITE", "Make and settle promises", "登记承诺"
    TRUST_READ = "TRUST_READ", "Read trust accounts", "查看信任账户"
    TRUST_ADJUST = "TRUST_ADJUST", "Post to trust accounts by hand", "人工调整信任账户"
    TRUST_MANAGE = "TRUST_MANAGE", "Reverse trust entries, and set the trust policy", "冲正与信任账户规则"
    EVENT_READ = "EVENT_READ", "Read and follow the event log", "查看与订阅事件"
    API_KEY_MANAGE = "API_KEY_MANAGE", "Create and revoke API keys", "管理API密钥"


class PrincipalKind(Term):
    """What kind of caller a key is for."""

    OWNER = "OWNER", "Owner", "品牌所有者", "Everything in the tenant."
    STAFF = "STAFF", "Staff member", "员工", "A person of the brand, seeing customers by data scope."
    INTEGRATOR = "INTEGRATOR", "Integrator", "系统集成", "A program: a warehouse, a bot, the tenant's own systems."
    PUBLIC = "PUBLIC", "Public", "公开", "Nobody signed in."


class DataScope(Term):
    """Which customers a staff member sees."""

    OWN_CUSTOMERS = "OWN_CUSTOMERS", "Own customers", "本人客户", "Customers this person is a friend of."
    OWN_GROUP = (
        "OWN_GROUP",
        "Own group",
        "本组客户",
        "Customers somebody of the same ops group is a friend of, and own customers.",
    )
    OWN_STORE = (
        "OWN_STORE",
        "Own store",
        "本店客户",
        "Customers of the person's stores and of what lies below them, and own customers.",
    )
    ALL = "ALL", "All", "全部", "Every customer of the brand."


EVERYTHING = frozenset(Permission)

_STAFF = frozenset(
    {
        Permission.TENANT_READ,
        Permission.CUSTOMER_READ,
        Permission.CUSTOMER_WRITE,
        Permission.NOTE_READ,
        Permission.CONSENT_WRITE,
        Permission.TOUCHPOINT_READ,
        Permission.TOUCHPOINT_WRITE,
        Permission.FEEDBACK_READ,
        Permission.FEEDBACK_WRITE,
        Permission.WOW_READ,
        Permission.WOW_WRITE,
        Permission.QUOTE_READ,
        Permission.QUOTE_WRITE,
        Permission.ORDER_READ,
        Permission.ORDER_WRITE,
        Permission.APPOINTMENT_READ,
        Permission.APPOINTMENT_WRITE,
        Permission.PROMISE_READ,
        Permission.PROMISE_WRITE,
        Permission.TRUST_READ,
        Permission.EVENT_READ,
    }
)

DEFAULTS: Mapping[PrincipalKind, frozenset[Permission]] = {
    PrincipalKind.OWNER: EVERYTHING,
    PrincipalKind.STAFF: _STAFF,
    PrincipalKind.INTEGRATOR: _STAFF - {Permission.NOTE_READ},
    PrincipalKind.PUBLIC: frozenset(),
}
"""What a key may do when nothing else is asked for. A key never has more than the one who made it."""
