"""Contents 内容 and campaigns 活动: what the brand shows its customers, and the occasions it does so for.

Words: a Content is one thing to be shown (an article, a recipe, a video, an offer) about some items, under some tags, published
on a medium; a Campaign is a period with an audience (segments, stores), the channels customers come through, and its contents.

Invariants: a published content stays as it was published, and can only be withdrawn. A campaign is known by its key; what it
names is added and never taken away; it ends once. What came of them is not kept here: contacts, orders and friendships name
the content, the campaign or the channel they belong to.
"""
