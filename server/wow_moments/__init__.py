"""Wow moments 惊喜: designed surprises, the telling of friends that nobody asked for, and who came through it.

Words: a WowPlay 惊喜方案 is a designed surprise; a WowMoment is one time it happened to one customer; a Share 分享
is the customer telling others; a Referral 转介绍 is a new customer who came through another one, perhaps by a code they
were given; the circle 宠友圈 is who brought whom. A DueWowMoment 待制造惊喜 is a moment that something has set off.

Invariants: a surprise asks for nothing, and lies in the boundary of who does it. What sets a play off proposes it once;
recording the moment settles that. A share is spontaneous 忍不住 only if nobody asked and nothing was paid; prompted and rewarded
shares are counted apart and deposit no trust. No share comes before its moment. A new customer is credited once, to somebody who
was a customer earlier. What happened is recorded whether or not the customer allows it to be shown; stories and pictures may be
shown by their word alone (PHOTO_AND_STORY).
"""
