"""The acts of this room, one file per kind: adding, recognising, befriending, cases, profiles, notes, consents."""
