"""Segments 人群包: filters over customers that a brand has named and kept.

Words: a Segment has a key, a name, and conditions all of which must hold of a customer; who belongs to it is asked anew every
time, and nobody is ever "in" one otherwise. A retired segment 停用 can still be read, and is no audience any more.

Invariants: what a segment asks for is kept as it was said, in the words of the filter of customers; this room does not know
what they mean.
"""
