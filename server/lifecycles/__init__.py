"""Lifecycles: acts that touch many rooms at once, one file each.

A brand joins, chooses the other operating model; a person's data scope changes. Nothing is kept here: each room below
offers its piece, and the act composes them in one unit of work.
"""
