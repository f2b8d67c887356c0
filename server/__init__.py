"""Shuke 熟客: a multi-tenant GraphQL backend for private-domain customer operations."""
