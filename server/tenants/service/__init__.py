"""The acts of a tenant, one file for each matter: its settings, its staff, its API keys.

A service checks rules, changes rows and emits events; it never commits.
"""
