"""`slides.words` as template filters."""

from django import template

from .. import words

register = template.Library()
for name in (
    *("day_words", "slides_words", "things_words", "deck_caption", "size_words", "length_words", "import_words"),
    *("file_kind", "initials", "full_name", "held_by_another", "thumb_height"),
):
    register.filter(name, getattr(words, name))
