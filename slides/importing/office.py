"""Office files: what is read from the file itself, and the slides that LibreOffice's PDF shows. No Django here.

Both halves run in a confined process. Between them the worker lets LibreOffice make the PDF, in a sandbox of its own
(`soffice`); the facts wait in the job's folder meanwhile.
"""

import contextlib
import json
from dataclasses import asdict
from pathlib import Path

from . import cleaning, opendocument_variants, overlays, pdf, sentences, variants
from .archives import Archive, Limits
from .opendocument import OpenDocument
from .pages import MAX_STEPS, MAX_WARNINGS, DeckInfo, said
from .pdf_text import Lines
from .powerpoint import Facts, Powerpoint
from .preflight import Preflight, written_fonts
from .titles import SLIDE_NUMBER

FACTS = "facts.json"
PDF = "deck.pdf"
PLAIN_PDF = "plain.pdf"  # without the steps that were asked for
ALIKE = 0.8  # part of the slides whose words are on their pages


def prepare(job):
    """Reads the file, and writes the copy that LibreOffice gets: `deck.pptx` or `deck.odp`. Returns the slide count."""
    folder, kind = Path(job["folder"]), job["importer"]
    with Archive(Path(job["source"]), Limits.read(job["archive"])) as archive:
        copy = folder / f"deck.{kind}"
        if kind == "pptx":
            deck = Powerpoint(archive, job["max_pages"])
            report = list(cleaning.powerpoint(archive, copy, deck.parts))
            plan = variants.prepare(copy, folder / f"steps.{kind}", deck.parts)
        else:
            deck = OpenDocument(archive, job["max_pages"])
            report = list(cleaning.open_document(archive, copy))
            plan = opendocument_variants.prepare(copy, folder / f"steps.{kind}")
        words = [deck.words(*added) for added in plan.added]
        slides = [asdict(facts) for facts in deck.slides()]
    for slide, pages, entries in zip(slides, plan.slides, plan.report, strict=True):
        slide["pages"] = pages
        slide["says"] = [words[page - len(slides) - 1] if page > len(slides) else slide["text"] for page in pages]
        slide["builds"] = entries
    facts = {
        "title": deck.title,
        "report": report,
        "warnings": plan.warnings,
        "slides": slides,
        "pages": plan.pages,
    }
    (folder / FACTS).write_text(json.dumps(facts), encoding="utf-8")
    return len(slides)


@contextlib.contextmanager
def open_deck(job):
    with pdf.open_deck(job | {"max_pages": job["max_pages"] * MAX_STEPS, "overlays": False}) as pages:
        facts = json.loads((Path(job["folder"]) / FACTS).read_text(encoding="utf-8"))
        yield OfficeDeck(pages, facts, with_steps=Path(job["source"]).name != PLAIN_PDF)


class OfficeDeck:
    def __init__(self, pages, facts, with_steps):
        self.pdf = pages
        self.slides = facts["slides"]
        self.preflight = Preflight()
        self.warnings = facts["warnings"][:MAX_WARNINGS]
        self._match(facts["pages"] if with_steps else len(self.slides), with_steps)
        self.info = DeckInfo(pages=len(self.slides), title=facts["title"] or pages.info.title, report=facts["report"])

    def _match(self, expected, with_steps):
        """Pages to slides and their steps, as far as that is known for sure."""
        there, slides = self.pdf.info.pages, len(self.slides)
        if there == expected:
            if not with_steps:
                self._leave_steps_out()
        elif expected > slides and there >= slides and self._are_alike():
            self._leave_steps_out()
        else:
            self._leave_facts_out(min(there, slides) if expected > slides else there)

    def _are_alike(self):
        """Do the first pages say what the slides say?"""
        pairs = [(slide["text"], self._words(number)) for number, slide in enumerate(self.slides, start=1)]
        told = [overlays.belong(*pair) for pair in pairs if all(pair)]
        return sum(told) >= ALIKE * len(told) > 0

    def _words(self, number):
        with contextlib.closing(self.pdf.document[number - 1]) as page:
            return "\n".join(line.text for line in Lines(page).all())

    def _leave_steps_out(self):
        """LibreOffice has not drawn all of them, so nobody knows which page is which step."""
        for number, slide in enumerate(self.slides, start=1):
            if slide["pages"] != [number]:
                text = sentences.BUILDS_SHOWN.format(number)
                slide["builds"] = [{"kind": "builds", "slide": number, "kept": 0, "text": text}]
                self.warnings.append(text)
            slide["pages"], slide["says"] = [number], [slide["text"]]

    def _leave_facts_out(self, there):
        """LibreOffice has seen another number of slides than we, so nobody knows whose the notes are."""
        empty = asdict(Facts()) | {"says": [""], "builds": []}
        self.slides = [empty | {"pages": [number]} for number in range(1, there + 1)]
        self.warnings.append(sentences.NOT_MATCHED)

    def page(self, number):
        slide = self.slides[number - 1]
        last = slide["pages"][-1]
        page, lines, image = self.pdf.read(
            last, lambda drawn: self.preflight.compare(slide["fonts"], written_fonts(drawn), number)
        )
        page.number = number
        page.title = ("" if SLIDE_NUMBER.fullmatch(slide["title"]) else slide["title"]) or page.title
        page.label = ""
        page.text = slide["text"] or page.text
        page.notes = slide["notes"]
        page.hidden = slide["hidden"]
        page.section = slide.get("section", "")
        page.links = self._links(page)
        page.report = slide["report"] + slide["builds"] + self.preflight.look(page, lines)
        if len(slide["pages"]) == 1:
            page.text = slide["says"][0] or page.text
            return page, [image]
        return page, self._steps(page, slide, image)

    def blank(self, number):
        page, images = self.pdf.blank(self.slides[number - 1]["pages"][-1])
        page.number = number
        page.notes = self.slides[number - 1]["notes"]
        page.hidden = self.slides[number - 1]["hidden"]
        page.section = self.slides[number - 1].get("section", "")
        return page, images

    def _steps(self, page, slide, image):
        """The picture of each step, drawn when it is asked for, and what that step says."""
        *earlier, _ = slide["pages"]
        for number, text in zip(earlier, slide["says"], strict=False):
            found, _, drawn = self.pdf.read(number)
            page.steps_say.append(said(text or found.text, found.lines, self._links(found)))
            yield drawn
        page.steps_say.append(said(slide["says"][-1] or page.text, page.lines, page.links))
        yield image

    def _links(self, page):
        """Behind the slides are their steps, so the last page is no slide and the last slide is."""
        last = len(self.slides)
        return [[*box, min(target, last) if isinstance(target, int) else target] for *box, target in page.links]

    def report(self):
        return self.preflight.report()
