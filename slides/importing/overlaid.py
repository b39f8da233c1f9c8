"""A PDF whose overlays are steps: the deck of `pdf`, which also knows what each step says. No Django here."""

import contextlib

import pypdfium2 as pdfium

from . import pdf
from .pages import MAX_LINE, MAX_LINES, one_line, said
from .pdf_text import Lines
from .titles import title_block


@contextlib.contextmanager
def open_deck(job):
    with pdf.open_deck(job) as deck:
        yield Overlaid(deck)


class Overlaid:
    def __init__(self, deck):
        self.deck = deck
        self.info = deck.info
        self.blank, self.report = deck.blank, deck.report

    @property
    def warnings(self):
        return self.deck.warnings

    def page(self, number):
        page, images = self.deck.page(number)
        *earlier, _ = self.deck.slides[number - 1]
        return page, self._steps(page, earlier, images) if earlier else images

    def _steps(self, page, earlier, images):
        for number, image in zip([*earlier, None], images, strict=True):
            page.steps_say.append(self._says(number) if number else said(page.text, page.lines, page.links))
            yield image

    def _says(self, number):
        """What a page says, drawn or not."""
        try:
            page = self.deck.document[number - 1]
        except pdfium.PdfiumError:
            return said("")
        with contextlib.closing(page):
            lines = Lines(page).all()
            title = title_block(lines)
            lines = title + [line for line in lines if line not in title]
            places = [[*line.box, one_line(line.text, MAX_LINE)] for line in lines[:MAX_LINES]]
            links = [[*box, self._slide(target)] for *box, target in pdf.links(self.deck.document, page)]
            return said("\n".join(line.text for line in lines), places, links)

    def _slide(self, target):
        return self.deck.numbers.get(target, target) if isinstance(target, int) else target
