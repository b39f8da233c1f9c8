"""Which pages of a PDF are steps of one slide. No Django here.

Beamer makes a page of each overlay and gives all pages of a frame its number as their label. A label alone says too
little: other programs repeat labels for other reasons. So pages belong together only if they follow each other with one
label and one size, and the words of the shorter one are nearly all on the other.
"""

import collections
import itertools
import re

from .pages import MAX_STEPS

WORD = re.compile(r"\w+")
SHARED = 0.85  # part of the shorter page's words
ENOUGH = 2  # words that a page must have


def group(labels, size, words):
    """The pages of each slide, from 1. `size` and `words` say of a page's number what is asked of few pages only."""
    if len(set(labels)) < 2:  # one label for all counts nothing
        return [[number] for number in range(1, len(labels) + 1)]
    slides = []
    for number, label in enumerate(labels, start=1):
        before = number - 1
        labelled = before and label and label == labels[before - 1] and len(slides[-1]) < MAX_STEPS
        if labelled and size(number) == size(before) and belong(words(before), words(number)):
            slides[-1].append(number)
        else:
            slides.append([number])
    return _without_doubt(slides, labels)


def belong(earlier, later):
    """Does one text grow out of the other, or swap some of its words?"""
    one, other = (collections.Counter(WORD.findall(text.casefold())) for text in (earlier, later))
    shorter = min(one.total(), other.total())
    return shorter >= ENOUGH and (one & other).total() >= SHARED * shorter


def _without_doubt(slides, labels):
    """All pages alone where a label comes back later: then labels do not number slides here."""
    runs = [label for label, _ in itertools.groupby(labels) if label]
    repeated = {label for label, count in collections.Counter(runs).items() if count > 1}
    certain = []
    for pages in slides:
        alone = labels[pages[0] - 1] in repeated
        certain += [[page] for page in pages] if alone else [pages]
    return certain
