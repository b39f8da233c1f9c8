"""XML that is changed as text: what is not changed stays as it was, byte for byte. No Django here.

A parser says where each element begins and ends; names are without their prefix, as in `markup`.
"""

import re
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from .markup import DEEPEST, check_prolog

ENCODING = re.compile(rb"""^<\?xml[^>]*\sencoding\s*=\s*["']([\w.-]+)["']""")
BOM = b"\xef\xbb\xbf"


class Unreadable(Exception):
    """The part is no XML, or in an encoding in which bytes are no characters."""


class Element:
    __slots__ = ("attributes", "body", "children", "close", "end", "name", "prefix", "start")

    def __init__(self, name, attributes, start, body):
        self.prefix, _, self.name = name.rpartition(":")
        self.prefix += ":" if self.prefix else ""
        self.attributes = attributes  # with their prefixes
        self.children = []
        self.start = start  # of its first tag
        self.body = body  # behind its first tag
        self.close = self.end = body  # its last tag; that of an empty element is its first

    @property
    def empty(self):
        return self.close == self.start

    def walk(self):
        yield self
        for child in self.children:
            yield from child.walk()

    def all(self, *names):
        return [child for child in self.children if child.name in names]

    def child(self, *names):
        return next((child for child in self.children if child.name in names), None)

    def find(self, path):
        found = self
        for name in path.split("/"):
            found = found.child(name) if found else None
        return found


class Text:
    """A part with the changes that will be made to it."""

    def __init__(self, data):
        self.data = data.removeprefix(BOM)
        encoding = ENCODING.match(self.data)
        if encoding and encoding.group(1).lower() not in {b"utf-8", b"us-ascii", b"ascii"}:
            raise Unreadable
        check_prolog(self.data, strict=False)
        self.root = _read(self.data)
        self.edits = []

    def copy(self):
        """The same part without the changes."""
        other = object.__new__(Text)
        other.data, other.root, other.edits = self.data, self.root, []
        return other

    def source(self, element):
        return self.data[element.start : element.end].decode()

    def replace(self, element, text):
        self.edits.append((element.start, element.end, text.encode()))

    def remove(self, element):
        self.replace(element, "")

    def unwrap(self, element):
        """What is inside stays."""
        if element.empty:
            self.remove(element)
        else:
            self.edits += [(element.start, element.body, b""), (element.close, element.end, b"")]

    def insert(self, element, text, first=False):
        """Adds `text` as the first or last thing inside."""
        if element.empty:
            head = self.data[element.start : element.end].decode().rstrip("/> \t\r\n")
            self.replace(element, f"{head}>{text}</{element.prefix}{element.name}>")
        else:
            place = element.body if first else element.close
            self.edits.append((place, place, text.encode()))

    def insert_after(self, element, text):
        self.edits.append((element.end, element.end, text.encode()))

    def set(self, element, **attributes):
        """Changes attributes of the first tag; None takes one away."""
        head = self.data[element.start : element.body].decode()
        for name, value in attributes.items():
            head = re.sub(rf"""\s{name}\s*=\s*("[^"]*"|'[^']*')""", "", head)
            if value is not None:
                end = "/>" if head.endswith("/>") else ">"
                head = f"{head.removesuffix(end).rstrip()} {name}={quoteattr(str(value))}{end}"
        self.edits.append((element.start, element.body, head.encode()))

    def rename(self, element, name):
        """The same element under another name and without attributes."""
        if element.empty:
            self.replace(element, f"<{element.prefix}{name}/>")
            return
        self.edits.append((element.start, element.body, f"<{element.prefix}{name}>".encode()))
        self.edits.append((element.close, element.end, f"</{element.prefix}{name}>".encode()))

    def written(self, element=None):
        """The part, or one element of it, with its changes. What is inside something that has been replaced is gone."""
        place, last = (element.start, element.end) if element else (0, len(self.data))
        pieces = []
        for start, end, text in sorted(self.edits, key=lambda edit: (edit[0], edit[1] > edit[0], -edit[1])):
            if start < place:
                continue
            pieces += [self.data[place:start], text]
            place = end
        return b"".join([*pieces, self.data[place:last]])


def _read(data):
    root, stack = None, []

    def begin(name, attributes):
        nonlocal root
        start = parser.CurrentByteIndex
        element = Element(name, attributes, start, _end_of_tag(data, start))
        if stack:
            stack[-1].children.append(element)
        root = root or element
        stack.append(element)
        if len(stack) > DEEPEST:
            raise Unreadable

    def finish(name):
        element = stack.pop()
        if data[element.body - 2 : element.body] == b"/>":
            element.close, element.end = element.start, element.body
        else:
            element.close = parser.CurrentByteIndex
            element.end = data.index(b">", element.close) + 1

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = begin, finish
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, ValueError) as error:
        raise Unreadable from error
    return root


TAG = re.compile(rb"""(?:[^>"']|"[^"]*"|'[^']*')*>""")


def _end_of_tag(data, start):
    return TAG.match(data, start).end()
