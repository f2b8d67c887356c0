"""Trust 信任账户: what a customer's confidence in the brand amounts to, entry by entry.

Words: a TrustAccount holds a balance and a ceiling; a TrustEntry is a deposit, a withdrawal, interest or a visible
zero, and always names its cause; a Crease 折痕 is the mark a breach leaves: it lowers for good how high the account
can climb.

Points are kept in hundredths. A balance stands between 0 and its ceiling; what a limit kept from being applied is told by
the entry. `replay` says what each entry must have been, by the rules that posted it.

Invariants: entries are only ever appended; a mistake is undone by a reversal, never by an edit. One cause posts once.
A discount deposits nothing: it buys a conversion, not trust. The balance is explained by its entries alone.
Accounts are keyed by customer id; nothing here knows what a customer is.

Whoever builds an act that earns or costs trust posts in that act, with one call (`entries`):

    await entries.post(work, customer_id, TrustReason.PROMISE_KEPT, Cause(CauseType.PROMISE, promise.id))

The points are the rule's, never the caller's. Calling again for the same cause posts nothing. `Cause.key` names what posts
once where that is not the row itself. Acts that touch several customers call `post_all`, which takes the accounts in an
order that cannot deadlock. A new kind of cause is a member of `entry_terms.CauseType`, its field in
`events.TrustEntryPosted`, and its code in the check of `trust_entries.cause_type`.
"""
