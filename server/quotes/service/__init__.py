"""The acts of this room, one file for each step of a quote's way: drafting, issuing, the customer's answer, conflicts."""
