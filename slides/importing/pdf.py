"""PDF files, drawn and read by PDFium. No Django here; runs in the confined process, on one thread."""

import contextlib
import ctypes

import pypdfium2 as pdfium
import pypdfium2.raw as raw
from PIL import Image

from . import overlays, pictures, sections, sentences
from .pages import (
    MAX_LABEL,
    MAX_LINE,
    MAX_LINES,
    MAX_LINKS,
    MAX_TEXT,
    MAX_TITLE,
    DeckInfo,
    Page,
    Refused,
    one_line,
    safe_address,
    said,
)
from .pdf_text import Lines, slide_box
from .preflight import Preflight
from .titles import file_title, slide_title, title_block

USUAL_PAGE = (960.0, 540.0)  # pt; stands in for a page whose size cannot be read
MOST_POINTS = 1_000_000  # pt; a page of 350 m is no page
MAX_OUTLINE = 5000  # entries


@contextlib.contextmanager
def open_deck(job):
    try:
        document = pdfium.PdfDocument(job["source"])
    except pdfium.PdfiumError as error:
        locked = error.err_code == raw.FPDF_ERR_PASSWORD
        raise Refused(sentences.PASSWORD if locked else sentences.DAMAGED) from error
    with document:
        yield PdfDeck(document, max(job["widths"]), job["max_pages"], with_overlays=job.get("overlays", False))


class PdfDeck:
    def __init__(self, document, width, max_pages, with_overlays=False):
        self.document = document
        self.width = width  # px, of the widest rendition
        self.warnings = []
        self.preflight = Preflight()
        self.last_size = USUAL_PAGE
        pages = self._count(max_pages)
        if document.get_formtype() != raw.FORMTYPE_NONE:
            document.init_forms()  # draws what is filled in; there is no JavaScript in this build of PDFium
        self.slides = self._slides(pages) if with_overlays else [[number] for number in range(1, pages + 1)]
        self.numbers = {page: number for number, pages in enumerate(self.slides, start=1) for page in pages}
        self.outline, starts = self._outline(pages)
        self.sections = sections.spread(starts, len(self.slides))
        self.info = DeckInfo(pages=len(self.slides), title=file_title(document.get_metadata_value("Title")))

    def _count(self, most):
        claimed = len(self.document)
        if claimed > most:
            raise Refused(sentences.TOO_MANY_PAGES.format(claimed, most))
        there = claimed
        while there and not raw.FPDF_GetPageSizeByIndexF(self.document, there - 1, raw.FS_SIZEF()):
            there -= 1
        if not there:
            raise Refused(sentences.DAMAGED)
        if there < claimed:
            self.warnings.append(sentences.MISSING_PAGES.format(claimed, there))
        return there

    def page(self, number):
        *earlier, last = self.slides[number - 1]
        seen = []
        page, lines, image = self.read(last, lambda drawn: seen.extend(self._noticed(drawn, number)))
        page.number = number
        page.section = self.sections[number - 1]
        page.links = self._to_slides(page.links)
        page.report = seen + self.preflight.look(page, lines)
        return page, self._steps(page, earlier, image) if earlier else [image]

    def _steps(self, page, earlier, last):
        """The pictures of a slide's steps. As they are taken, the page learns what each of them says."""
        for number in earlier:
            image = self.picture(number)
            page.steps_say.append(self._says(number))
            yield image
        page.steps_say.append(said(page.text, page.lines, page.links))
        yield last

    def _says(self, number):
        """What a page says, drawn or not."""
        try:
            page = self.document[number - 1]
        except pdfium.PdfiumError:
            return said("")
        with contextlib.closing(page):
            _, lines = _title_first(page)
            return said(
                "\n".join(line.text for line in lines), _places(lines), self._to_slides(links(self.document, page))
            )

    def _noticed(self, page, number):
        yield from self.preflight.look_at_pdf(page, number)
        if any(_leads_out(self.document, action) for action in _actions(page)):
            yield {"kind": "external", "slide": number, "text": sentences.LINKS_REMOVED.format(number)}

    def _to_slides(self, links):
        """Links to pages, made to lead to the slides that these belong to."""
        return [[*box, self.numbers.get(to, to) if isinstance(to, int) else to] for *box, to in links]

    def _slides(self, pages):
        """Pages with one label may be the overlays of one slide."""
        labels = [self._label(number) for number in range(1, pages + 1)]
        return overlays.group(labels, lambda number: self._size(number - 1), self._words)

    def _words(self, number):
        with contextlib.suppress(pdfium.PdfiumError), contextlib.closing(self.document[number - 1]) as page:
            return "\n".join(line.text for line in Lines(page).all())
        return ""

    def picture(self, number):
        """Of a page whose words do not matter."""
        return self.read(number, words=False)[2]

    def read(self, number, look=lambda page: None, words=True):
        """(facts, lines, image) of a page; `look` gets to see it while it is open."""
        try:
            page = self.document[number - 1]
        except pdfium.PdfiumError:
            return self._unread(number)
        with contextlib.closing(page):
            width, height = page.get_size()
            if not _is_size(width, height):
                return self._unread(number)
            self.last_size = width, height
            image = self._draw(page, width / height)
            if not words:
                return None, [], image
            look(page)
            title, lines = _title_first(page)
            facts = Page(
                number=number,
                width=width,
                height=height,
                pictures=[],
                title=slide_title(title, self.outline.get(number, "")),
                label=one_line(self._label(number), MAX_LABEL),
                text="\n".join(line.text for line in lines)[:MAX_TEXT],
                lines=_places(lines),
                links=list(links(self.document, page)),
            )
            return facts, lines, image

    def _unread(self, number):
        page, [image] = self._empty(number)
        return page, [], image

    def blank(self, number):
        """An empty slide in the place of one that cannot be read."""
        page, images = self._empty(self.slides[number - 1][-1])
        page.number = number
        page.section = self.sections[number - 1]
        return page, images

    def _empty(self, number):
        width, height = self._size(number - 1) or self.last_size
        page = Page(number=number, width=width, height=height, pictures=[])
        page.warnings.append(sentences.EMPTY_PAGE.format(number))
        return page, [pictures.blank(width / height, self.width)]

    def report(self):
        return self.preflight.report()

    def _size(self, index):
        size = raw.FS_SIZEF()
        known = raw.FPDF_GetPageSizeByIndexF(self.document, index, size) and _is_size(size.width, size.height)
        return (size.width, size.height) if known else None

    def _draw(self, page, ratio):
        width, height = pictures.size_for(ratio, self.width)
        canvas = bytearray(b"\xff") * (width * height * 4)  # white, in one pass over the memory
        memory = (ctypes.c_char * len(canvas)).from_buffer(canvas)
        bitmap = raw.FPDFBitmap_CreateEx(width, height, raw.FPDFBitmap_BGRx, memory, width * 4)
        place = (bitmap, page, 0, 0, width, height, 0)
        raw.FPDF_RenderPageBitmap(*place, raw.FPDF_ANNOT | raw.FPDF_REVERSE_BYTE_ORDER)
        if page.formenv:
            raw.FPDF_FFLDraw(page.formenv, *place, raw.FPDF_REVERSE_BYTE_ORDER)
        raw.FPDFBitmap_Destroy(bitmap)
        return Image.frombuffer("RGBX", (width, height), canvas, "raw", "RGBX", 0, 1)

    def _label(self, number):
        try:
            return self.document.get_page_label(number - 1)
        except (pdfium.PdfiumError, UnicodeDecodeError):
            return ""

    def _outline(self, pages):
        """A slide's last page -> what the outline calls the slide first, and the slides at which its chapters begin."""
        names, starts = {}, {}
        with contextlib.suppress(pdfium.PdfiumError, UnicodeDecodeError):
            for count, entry in enumerate(self.document.get_toc()):
                if count == MAX_OUTLINE:
                    break
                target = entry.get_dest()
                index = target.get_index() if target else None
                if index is not None and 0 <= index < pages:
                    number = self.numbers[index + 1]
                    title = one_line(entry.get_title(), MAX_TITLE)
                    names.setdefault(self.slides[number - 1][-1], title)
                    if entry.level == 0:
                        starts.setdefault(number, title)
        return names, starts


def _is_size(width, height):
    return 0 < width < MOST_POINTS and 0 < height < MOST_POINTS


def _title_first(page):
    """(lines of the title, all lines); some programs draw the title last."""
    lines = Lines(page).all()
    title = title_block(lines)
    return title, title + [line for line in lines if line not in title]


def _places(lines):
    return [[*line.box, one_line(line.text, MAX_LINE)] for line in lines[:MAX_LINES]]


def links(document, page):
    position = ctypes.c_int(0)
    link = raw.FPDF_LINK()
    found = 0
    while found < MAX_LINKS and raw.FPDFLink_Enumerate(page, position, link):
        found += 1
        area = raw.FS_RECTF()
        target = _target(document, link)
        if target and raw.FPDFLink_GetAnnotRect(link, area):
            box = slide_box(page, area.left, area.top, area.right, area.bottom)
            if box:
                yield [*box, target]


def _actions(page):
    """What the links of a page do, where it is more than going to another page."""
    position, link = ctypes.c_int(0), raw.FPDF_LINK()
    found = 0
    while found < MAX_LINKS and raw.FPDFLink_Enumerate(page, position, link):
        found += 1
        action = raw.FPDFLink_GetAction(link)
        if action:
            yield action


def _leads_out(document, action):
    """To another file or program, or to an address that is not safe to follow."""
    kind = raw.FPDFAction_GetType(action)
    if kind == raw.PDFACTION_URI:
        return not safe_address(_address(document, action))
    return kind in {raw.PDFACTION_REMOTEGOTO, raw.PDFACTION_LAUNCH}


def _target(document, link):
    """An address that is safe to follow, the number of a slide, or None."""
    action = raw.FPDFLink_GetAction(link)
    kind = raw.FPDFAction_GetType(action) if action else None
    if kind == raw.PDFACTION_URI:
        return safe_address(_address(document, action))
    if kind == raw.PDFACTION_GOTO:
        destination = raw.FPDFAction_GetDest(document, action)
    else:
        destination = None if action else raw.FPDFLink_GetDest(document, link)
    if destination:
        index = raw.FPDFDest_GetDestPageIndex(document, destination)
        return index + 1 if 0 <= index < len(document) else None
    return None


def _address(document, action):
    size = raw.FPDFAction_GetURIPath(document, action, None, 0)
    if not 1 < size <= 8192:
        return ""
    buffer = ctypes.create_string_buffer(size)
    raw.FPDFAction_GetURIPath(document, action, buffer, size)
    return buffer.value.decode("utf-8", errors="replace")
