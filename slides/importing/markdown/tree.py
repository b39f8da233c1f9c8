"""A small tree of HTML, made from what nh3 has put in order."""

import html
from html.parser import HTMLParser

VOID = {"br", "hr", "img", "wbr", "col", "input", "x-mark"}
BLOCKS = {
    "address", "blockquote", "caption", "center", "dd", "details", "div", "dl", "dt", "figcaption", "figure", "footer",
    "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "ol", "p", "pre", "section", "summary", "table", "tbody",
    "td", "th", "thead", "tr", "ul", "br",
}  # fmt: skip
BULLETED = {"li"}
MAX_DEPTH = 100


class Node:
    __slots__ = ("attributes", "children", "tag")

    def __init__(self, tag, attributes=(), children=()):
        self.tag = tag
        self.attributes = dict(attributes)
        self.children = list(children)

    @property
    def classes(self):
        return (self.attributes.get("class") or "").split()

    def add_class(self, *names):
        self.attributes["class"] = " ".join(dict.fromkeys([*self.classes, *names]))

    def walk(self):
        """This node and those below it, in the order of the text, with their parents."""
        stack = [(self, None)]
        while stack:
            node, parent = stack.pop()
            yield node, parent
            stack.extend((child, node) for child in reversed(node.children) if isinstance(child, Node))

    def find(self, *tags):
        return next((node for node, _ in self.walk() if node.tag in tags), None)

    def elements(self):
        return [child for child in self.children if isinstance(child, Node)]

    def replace(self, old, *new):
        index = next(index for index, child in enumerate(self.children) if child is old)
        self.children[index : index + 1] = new

    def html(self):
        inner = "".join(
            child.html() if isinstance(child, Node) else html.escape(child, False) for child in self.children
        )
        if self.tag == "":
            return inner
        names = "".join(f' {name}="{html.escape(value or "")}"' for name, value in self.attributes.items())
        return f"<{self.tag}{names}>" + ("" if self.tag in VOID else f"{inner}</{self.tag}>")

    def words(self, seen=lambda node: True):
        """The text in reading order, one line a block, of what is seen."""
        out = []
        self._collect(out, seen)
        lines = (" ".join(line.split()) for line in "".join(out).split("\n"))
        return "\n".join(line for line in lines if line and line != "•")

    def _collect(self, out, seen):
        if not seen(self):
            return
        block = self.tag in BLOCKS
        if block:
            out.append("\n• " if self.tag in BULLETED else "\n")
        if self.tag == "img":
            out.append(self.attributes.get("alt") or "")
        for child in self.children:
            if isinstance(child, Node):
                child._collect(out, seen)
            else:
                out.append(child if self.tag in {"pre", "code"} or "line" in self.classes else child.replace("\n", " "))
        if block and self.tag != "li":
            out.append("\n" if self.tag not in {"td", "th"} else " ")


class _Builder(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.root = Node("")
        self.open = [self.root]

    def handle_starttag(self, tag, attributes):
        node = Node(tag, attributes)
        self.open[-1].children.append(node)
        if tag not in VOID and len(self.open) < MAX_DEPTH:
            self.open.append(node)

    def handle_startendtag(self, tag, attributes):
        self.open[-1].children.append(Node(tag, attributes))

    def handle_endtag(self, tag):
        for index in range(len(self.open) - 1, 0, -1):
            if self.open[index].tag == tag:
                del self.open[index:]
                return

    def handle_data(self, data):
        self.open[-1].children.append(data)


def grow(text):
    builder = _Builder()
    builder.feed(text)
    builder.close()
    return builder.root
