"""Clients of other languages and of other times."""
