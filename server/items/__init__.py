"""Items 商品/项目: what is asked for, quoted and bought.

Words: an Item is a good 商品 or a service 项目 under a key of the tenant's own; its list price is what the tenant
says it costs, before anybody quotes.

Invariants: a key names one item for good. Items are retired, never deleted, because what happened keeps pointing at
them; defining a retired item again brings it back. No price is negative.
"""
