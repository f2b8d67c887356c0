"""The mutations the examples use. Each is one business act: one `input`, one payload.

The examples give the fields of `input` as keyword arguments, under the API's own names:

    desk.act(ADD_CUSTOMER, once="add-lin", channelCode=code, name="林晓")

sends

    { "query": "<the text below>",
      "variables": { "input": { "clientMutationId": "add-lin", "channelCode": "…", "name": "林晓" } } }

A payload holds the thing that was changed (ask for as much of it as your screen shows), `userErrors` for what was refused,
and `cursor`: the place of the act in the event log.
"""

# ------------------------------------------------------------------------------------- the brand, its people, its codes

ONBOARD_TENANT = """
mutation OnboardTenant($input: OnboardTenantInput!) {
  onboardTenant(input: $input) {
    userErrors { code message field }
    tenant { id name slug businessType industry operatingModel { kind } }
    apiKey
  }
}
"""

SET_BUSINESS_HOURS = """
mutation SetBusinessHours($input: SetBusinessHoursInput!) {
  setBusinessHours(input: $input) { userErrors { code message field } tenant { businessHours { weekday opens closes } } }
}
"""

INVITE_STAFF_BATCH = """
mutation InviteStaffBatch($input: InviteStaffBatchInput!) {
  inviteStaffBatch(input: $input) {
    userErrors { code message field }
    results { index staffMember { id name } userErrors { code message field } }
  }
}
"""

ASSIGN_SERVICE_ROLE = """
mutation AssignServiceRole($input: AssignServiceRoleInput!) {
  assignServiceRole(input: $input) { userErrors { code message field } placement { id } }
}
"""

CREATE_API_KEY = """
mutation CreateApiKey($input: CreateApiKeyInput!) {
  createApiKey(input: $input) { userErrors { code message field } apiKey { id name kind } secret }
}
"""

DEFINE_PERSONA = """
mutation DefinePersona($input: DefinePersonaInput!) {
  definePersona(input: $input) { userErrors { code message field } persona { key name position promise } }
}
"""

CREATE_CHANNEL = """
mutation CreateChannel($input: CreateChannelInput!) {
  createChannel(input: $input) { userErrors { code message field } channel { id code name kind } }
}
"""

# ---------------------------------------------------------------------------------------- changing the operating model

CHANGE_OPERATING_MODEL = """
mutation ChangeOperatingModel($input: ChangeOperatingModelInput!) {
  changeOperatingModel(input: $input) {
    userErrors { code message field ... on PlanChanged { planId moved } }
    operatingModel { kind version }
    operatingModelChange { id status }
  }
}
"""

CLEAN_UP_ROLES = """
mutation CleanUpRoles($input: CleanUpRolesInput!) {
  cleanUpRoles(input: $input) {
    userErrors { code message field ... on PlanChanged { planId moved } }
    operatingModelChange { id status }
  }
}
"""

# ------------------------------------------------------------------------------------------ who takes how many, and when

SET_ASSIGNMENT_RULE = """
mutation SetAssignmentRule($input: SetAssignmentRuleInput!) {
  setAssignmentRule(input: $input) {
    userErrors { code message field }
    assignmentRule { method capacity dailyLimit backupGroup { key } }
  }
}
"""

SET_WORKLOAD = """
mutation SetWorkload($input: SetWorkloadInput!) {
  setWorkload(input: $input) {
    userErrors { code message field }
    workload { capacity dailyLimit weight friends }
  }
}
"""

SET_AVAILABILITY = """
mutation SetAvailability($input: SetAvailabilityInput!) {
  setAvailability(input: $input) {
    userErrors { code message field }
    absences { since until cover { name } }
  }
}
"""

TRANSFER_RELATIONSHIPS = """
mutation TransferRelationships($input: TransferRelationshipsInput!) {
  transferRelationships(input: $input) {
    userErrors { code message field }
    plan { planId total moves { staff { name } customers } waiting { reason customers } }
    transfer { id state }
  }
}
"""

DEACTIVATE_STAFF = """
mutation DeactivateStaff($input: DeactivateStaffInput!) {
  deactivateStaff(input: $input) {
    userErrors { code message field }
    staffMember { name leftAt }
    transfer { id state total }
  }
}
"""

# -------------------------------------------------------------------------------------------------------- the customers

ADD_CUSTOMER = """
mutation AddCustomer($input: AddCustomerInput!) {
  addCustomer(input: $input) {
    userErrors { code message field }
    created
    customer { id name stage { key } }
    relationship { id staff { id key name } personaName since }
    queueEntry { id reason }
    case { id }
    referral { id }
  }
}
"""

UPSERT_CUSTOMERS = """
mutation UpsertCustomers($input: UpsertCustomersInput!) {
  upsertCustomers(input: $input) {
    userErrors { code message field }
    results { created customer { id name } userErrors { code message field } }
  }
}
"""

TAG_CUSTOMERS = """
mutation TagCustomers($input: TagCustomersInput!) {
  tagCustomers(input: $input) { userErrors { code message field } customers { id tags } }
}
"""

RECORD_SUBJECT = """
mutation RecordSubject($input: RecordSubjectInput!) {
  recordSubject(input: $input) { userErrors { code message field } subject { id kind name } }
}
"""

OPEN_CASE = """
mutation OpenCase($input: OpenCaseInput!) {
  openCase(input: $input) { userErrors { code message field } case { id subject { name } stage { key } } }
}
"""

ADVANCE_CUSTOMER = """
mutation AdvanceCustomer($input: AdvanceCustomerInput!) {
  advanceCustomer(input: $input) { userErrors { code message field } case { id status stage { key label } } }
}
"""

CLOSE_CASE = """
mutation CloseCase($input: CloseCaseInput!) {
  closeCase(input: $input) { userErrors { code message field } case { id status closedAt } }
}
"""

RECORD_CONSENT = """
mutation RecordConsent($input: RecordConsentInput!) {
  recordConsent(input: $input) { userErrors { code message field } consent { id scope granted } }
}
"""

SET_CONTACT_PREFERENCES = """
mutation SetContactPreferences($input: SetContactPreferencesInput!) {
  setContactPreferences(input: $input) {
    userErrors { code message field }
    customer { id preferences { purpose medium } }
  }
}
"""

WRITE_SERVICE_NOTE = """
mutation WriteServiceNote($input: WriteServiceNoteInput!) {
  writeServiceNote(input: $input) { userErrors { code message field } serviceNote { id kind sensitive } }
}
"""

END_RELATIONSHIP = """
mutation EndRelationship($input: EndRelationshipInput!) {
  endRelationship(input: $input) { userErrors { code message field } relationship { id state } }
}
"""

# ------------------------------------------------------------------------------------------------------------- contacts

RECORD_TOUCHPOINT = """
mutation RecordTouchpoint($input: RecordTouchpointInput!) {
  recordTouchpoint(input: $input) {
    userErrors {
      code message field
      ... on OutOfBoundary {
        purpose acting { key } owner { key label } holders { name }
        handoff { customerId purpose roleId groupId toStaffId }
      }
    }
    touchpoint { id role { key } group { key } purpose outcome }
  }
}
"""

RECORD_CONTACT_NOW = """
mutation RecordContactNow($input: RecordTouchpointInput!) {
  recordTouchpoint(input: $input) {
    userErrors {
      code message field
      ... on AttentionRefused { purpose medium remaining nextWelcomeAt reasons { code message until limit used days hours } }
    }
    touchpoint { id attentionUnits }
  }
}
"""

SET_ATTENTION_POLICY = """
mutation SetAttentionPolicy($input: SetAttentionPolicyInput!) {
  setAttentionPolicy(input: $input) {
    userErrors { code message field }
    attentionPolicy { version preset windowDays total minGapHours quietHours { start end } byPurpose { purpose max gapHours } }
  }
}
"""

RESERVE_CONTACT = """
mutation ReserveContact($input: ReserveContactInput!) {
  reserveContact(input: $input) {
    userErrors { code message field ... on AttentionRefused { reasons { code until } nextWelcomeAt remaining } }
    reservation { id state units expiresAt }
  }
}
"""

RELEASE_CONTACT = """
mutation ReleaseContact($input: ReleaseContactInput!) {
  releaseContact(input: $input) { userErrors { code message field } reservation { id state } }
}
"""

RECORD_TOUCHPOINTS = """
mutation RecordTouchpoints($input: RecordTouchpointsInput!) {
  recordTouchpoints(input: $input) {
    userErrors { code message field }
    results { touchpoint { id } userErrors { code message field } }
  }
}
"""

CREATE_GROUP_CHAT = """
mutation CreateGroupChat($input: CreateGroupChatInput!) {
  createGroupChat(input: $input) { userErrors { code message field } groupChat { id name } }
}
"""

RECORD_GROUP_MEMBERSHIPS = """
mutation RecordGroupMemberships($input: RecordGroupMembershipsInput!) {
  recordGroupMemberships(input: $input) {
    userErrors { code message field }
    results { groupMembership { id } userErrors { code message field } }
  }
}
"""

PUBLISH_CONTENT = """
mutation PublishContent($input: PublishContentInput!) {
  publishContent(input: $input) { userErrors { code message field } content { id title } }
}
"""

DEFINE_SEGMENT = """
mutation DefineSegment($input: DefineSegmentInput!) {
  defineSegment(input: $input) { userErrors { code message field } segment { id key count } }
}
"""

START_CAMPAIGN = """
mutation StartCampaign($input: StartCampaignInput!) {
  startCampaign(input: $input) { userErrors { code message field } campaign { id key state } }
}
"""

END_CAMPAIGN = """
mutation EndCampaign($input: EndCampaignInput!) {
  endCampaign(input: $input) { userErrors { code message field } campaign { id key state } }
}
"""

POST_TO_GROUP_CHAT = """
mutation PostToGroupChat($input: PostToGroupChatInput!) {
  postToGroupChat(input: $input) {
    userErrors { code message field }
    groupPost { id receivers touchpoints(first: 100) { nodes { id customer { id } } } }
  }
}
"""

RECORD_TOUCHPOINT_OUTCOME = """
mutation RecordTouchpointOutcome($input: RecordTouchpointOutcomeInput!) {
  recordTouchpointOutcome(input: $input) { userErrors { code message field } touchpoint { id outcome } }
}
"""

# --------------------------------------------------------------------------------- what was agreed, bought and promised

BOOK_APPOINTMENT = """
mutation BookAppointment($input: BookAppointmentInput!) {
  bookAppointment(input: $input) { userErrors { code message field } appointment { id status startsAt endsAt } }
}
"""

MOVE_APPOINTMENT = """
mutation MoveAppointment($input: MoveAppointmentInput!) {
  moveAppointment(input: $input) { userErrors { code message field } appointment { id status startsAt times { startsAt } } }
}
"""

RECORD_ARRIVAL = """
mutation RecordArrival($input: RecordArrivalInput!) {
  recordArrival(input: $input) { userErrors { code message field } appointment { id status settledAt } }
}
"""

RECORD_NO_SHOW = """
mutation RecordNoShow($input: RecordNoShowInput!) {
  recordNoShow(input: $input) { userErrors { code message field } appointment { id status settledAt } }
}
"""

RECORD_ORDER = """
mutation RecordOrder($input: RecordOrderInput!) {
  recordOrder(input: $input) { userErrors { code message field } order { id total { amount currency } } }
}
"""

RECORD_ORDERS = """
mutation RecordOrders($input: RecordOrdersInput!) {
  recordOrders(input: $input) {
    userErrors { code message field }
    results { order { id total { amount currency } } userErrors { code message field } }
  }
}
"""

REFUND_ORDER = """
mutation RefundOrder($input: RefundOrderInput!) {
  refundOrder(input: $input) {
    userErrors { code message field }
    order { id refunded { amount } refundState }
    orderRefund { id amount { amount } }
  }
}
"""

MAKE_PROMISE = """
mutation MakePromise($input: MakePromiseInput!) {
  makePromise(input: $input) { userErrors { code message field } promise { id status dueAt withinHours } }
}
"""

KEEP_PROMISE = """
mutation KeepPromise($input: KeepPromiseInput!) {
  keepPromise(input: $input) { userErrors { code message field } promise { id status keptInTime settledAt } }
}
"""

# ------------------------------------------------------------------------------------------------------------- handoffs

REQUEST_HANDOFF = """
mutation RequestHandoff($input: RequestHandoffInput!) {
  requestHandoff(input: $input) {
    userErrors { code message field }
    handoff { id status purpose role { key } store { key } dueAt }
  }
}
"""

ACCEPT_HANDOFF = """
mutation AcceptHandoff($input: AcceptHandoffInput!) {
  acceptHandoff(input: $input) {
    userErrors { code message field }
    handoff { id status answeredBy { name } }
  }
}
"""

# ------------------------------------------------------------------------------------------------------------- feedback

DEFINE_ITEM = """
mutation DefineItem($input: DefineItemInput!) {
  defineItem(input: $input) { userErrors { code message field } item { id key name listPrice { amount currency } } }
}
"""

RAISE_FEEDBACK = """
mutation RaiseFeedback($input: RaiseFeedbackInput!) {
  raiseFeedback(input: $input) {
    userErrors { code message field }
    feedback { id kind status raisedAt dueAt role { key } group { key } }
  }
}
"""

ACKNOWLEDGE_FEEDBACK = """
mutation AcknowledgeFeedback($input: AcknowledgeFeedbackInput!) {
  acknowledgeFeedback(input: $input) { userErrors { code message field } feedback { id status } }
}
"""

ANSWER_FEEDBACK = """
mutation AnswerFeedback($input: AnswerFeedbackInput!) {
  answerFeedback(input: $input) { userErrors { code message field } feedback { id status answeredAt clockResult } }
}
"""

RESOLVE_FEEDBACK = """
mutation ResolveFeedback($input: ResolveFeedbackInput!) {
  resolveFeedback(input: $input) { userErrors { code message field } feedback { id status } }
}
"""

DECLINE_FEEDBACK = """
mutation DeclineFeedback($input: DeclineFeedbackInput!) {
  declineFeedback(input: $input) { userErrors { code message field } feedback { id status declinedReason } }
}
"""

REOPEN_FEEDBACK = """
mutation ReopenFeedback($input: ReopenFeedbackInput!) {
  reopenFeedback(input: $input) { userErrors { code message field } feedback { id status reopenCount } }
}
"""

SET_TARGET = """
mutation SetTarget($input: SetTargetInput!) {
  setTarget(input: $input) { userErrors { code message field } metricTarget { metric basisPoints } }
}
"""

APPROVE_REWARD = """
mutation ApproveReward($input: ApproveRewardInput!) {
  approveReward(input: $input) { userErrors { code message field } reward { id status amount { amount currency } } }
}
"""

PAY_REWARD = """
mutation PayReward($input: PayRewardInput!) {
  payReward(input: $input) { userErrors { code message field } reward { id status clockResult paidAt } }
}
"""

OPEN_IMPROVEMENT = """
mutation OpenImprovement($input: OpenImprovementInput!) {
  openImprovement(input: $input) { userErrors { code message field } improvement { id status voiceCount } }
}
"""

LINK_FEEDBACK = """
mutation LinkFeedback($input: LinkFeedbackInput!) {
  linkFeedback(input: $input) { userErrors { code message field } improvement { id voiceCount } }
}
"""

PLAN_IMPROVEMENT = """
mutation PlanImprovement($input: PlanImprovementInput!) {
  planImprovement(input: $input) { userErrors { code message field } improvement { id status plannedFor } }
}
"""

SHIP_IMPROVEMENT = """
mutation ShipImprovement($input: ShipImprovementInput!) {
  shipImprovement(input: $input) { userErrors { code message field } improvement { id status voiceCount changeSeconds } }
}
"""

RATE_SERVICE = """
mutation RateService($input: RateServiceInput!) {
  rateService(input: $input) { userErrors { code message field } feedback { id score status dueAt } }
}
"""

# --------------------------------------------------------------------------------------------------------------- quotes

DRAFT_QUOTE = """
mutation DraftQuote($input: DraftQuoteInput!) {
  draftQuote(input: $input) { userErrors { code message field } quote { id status total { amount currency } } }
}
"""

ISSUE_QUOTE = """
mutation IssueQuote($input: IssueQuoteInput!) {
  issueQuote(input: $input) {
    userErrors {
      code message field
      ... on QuoteConflicts {
        conflicts {
          quoteId staffName departmentName presentedAt
          items { kinds unitPrice { amount } otherUnitPrice { amount } narrowerScopes }
        }
      }
      ... on OutOfBoundary {
        purpose acting { key } owner { key label } holders { name }
        handoff { customerId purpose roleId groupId toStaffId }
      }
    }
    quote { id status role { key } department { name } }
  }
}
"""

PRESENT_QUOTE = """
mutation PresentQuote($input: PresentQuoteInput!) {
  presentQuote(input: $input) { userErrors { code message field } quote { id status presentedAt } }
}
"""

REVISE_QUOTE = """
mutation ReviseQuote($input: ReviseQuoteInput!) {
  reviseQuote(input: $input) { userErrors { code message field } quote { id status revises { id status } } }
}
"""

ACCEPT_QUOTE = """
mutation AcceptQuote($input: AcceptQuoteInput!) {
  acceptQuote(input: $input) { userErrors { code message field } quote { id status answeredAt } }
}
"""

SET_QUOTE_POLICY = """
mutation SetQuotePolicy($input: SetQuotePolicyInput!) {
  setQuotePolicy(input: $input) { userErrors { code message field } quotePolicy { onConflict version } }
}
"""

RESOLVE_QUOTE_CONFLICT = """
mutation ResolveQuoteConflict($input: ResolveQuoteConflictInput!) {
  resolveQuoteConflict(input: $input) { userErrors { code message field } quoteConflict { id resolution } }
}
"""

# -------------------------------------------------------------------------------------------------- surprises and trust

DEFINE_WOW_PLAY = """
mutation DefineWowPlay($input: DefineWowPlayInput!) {
  defineWowPlay(input: $input) { userErrors { code message field } wowPlay { id key name cost { amount currency } } }
}
"""

RECORD_WOW_MOMENT = """
mutation RecordWowMoment($input: RecordWowMomentInput!) {
  recordWowMoment(input: $input) { userErrors { code message field } wowMoment { id cost { amount currency } } }
}
"""

CREATE_REFERRAL_CODE = """
mutation CreateReferralCode($input: CreateReferralCodeInput!) {
  createReferralCode(input: $input) { userErrors { code message field } referralCode { id code } }
}
"""

RECORD_SHARE = """
mutation RecordShare($input: RecordShareInput!) {
  recordShare(input: $input) { userErrors { code message field } share { id spontaneous } }
}
"""

ADJUST_TRUST = """
mutation AdjustTrust($input: AdjustTrustInput!) {
  adjustTrust(input: $input) { userErrors { code message field } trustAccount { balance ceiling creases } }
}
"""

# -------------------------------------------------------------------------------------------------------------- the log

EVENTS = """
query Events($after: String) {
  events(first: 100, after: $after) {
    edges { node { cursor type occurredAt actor { kind } subject { id } } }
    pageInfo { hasNextPage endCursor }
  }
}
"""
