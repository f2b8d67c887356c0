"""Wow moments 惊喜: designed surprises, and the telling of friends that nobody asked for.

Words: a WowPlay 惊喜方案 is a designed surprise; a WowMoment is one time it happened to one customer; a Share 分享
is the customer telling others; a Referral 转介绍 is a new customer who came through it.

Invariants: a surprise asks for nothing. A share is spontaneous 忍不住 only if nobody asked and nothing was paid;
prompted and rewarded shares are counted apart and deposit no trust.
"""
