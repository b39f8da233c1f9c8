"""Decks, slides, imports and talks for those who run the site.

Superusers see everything. Other staff see what is theirs, as far as their permissions go.
"""

from . import decks, imports, people, records, slides, talks

__all__ = ["decks", "imports", "people", "records", "slides", "talks"]
