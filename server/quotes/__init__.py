"""Quotes 报价: a price with guarantee terms, presented to a customer at a moment, and one truth about it.

Words: a Quote 报价 has lines (an item or something free, a quantity, a unit price) and guarantee terms 保障条款 (what is
covered, for how many months, on what conditions); it is valid for a time and made by a person for a department; a
QuoteConflict 报价冲突 is two quotes of one customer that disagree about the same item.

Invariants: what a quote says is written once, with its draft; who wants to say something else makes a revision. A quote
that contradicts a live one of anybody in the brand is not issued, unless the brand allows it and somebody answered for
that very pair. An issued revision takes the place of what it revises in the same act. Nothing of an accepted quote
changes any more. Only a unit that may use the purpose of quoting issues.

Emits quote.drafted, quote.line_stated, quote.guarantee_stated, quote.issued, quote.presented, quote.accepted,
quote.declined, quote.revised, quote.withdrawn, quote.expired, quote_conflict.resolved, quote_conflict.seen and
quote_policy.set.
"""
