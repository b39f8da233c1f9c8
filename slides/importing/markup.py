"""XML from strangers: no document type, no entities, and names without their namespaces. No Django here.

Office files come in two dialects whose namespaces differ and whose names are the same, so elements are found by name
alone: `{*}name` in paths, `tag(element)` elsewhere.
"""

from xml.etree import ElementTree
from xml.parsers import expat

from . import sentences
from .pages import Refused

PROLOG = 64 * 1024  # bytes; the first element comes long before
DEEPEST = 200  # elements inside each other


class _Found(Exception):
    """The first element has been reached, so no document type can follow."""


def check_prolog(data, strict=True):
    """Refuses a part that defines entities. Old OpenDocument files name a type without defining any: not `strict`."""

    def doctype(name, system, public, subset):
        if strict or subset:
            raise Refused(sentences.HAS_DTD)

    def element(*_):
        raise _Found

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = doctype
    parser.StartElementHandler = element
    try:
        parser.Parse(data[:PROLOG], False)
    except _Found:
        return
    except expat.ExpatError as error:
        raise Refused(sentences.DAMAGED) from error
    if len(data) > PROLOG:
        raise Refused(sentences.DAMAGED)


def parse(data):
    """The root element, or None where the part cannot be read: the rest of the file may still do."""
    check_prolog(data, strict=False)
    try:
        root = ElementTree.fromstring(data)
    except (ElementTree.ParseError, ValueError, LookupError):
        return None
    return None if _too_deep(root) else root


def _too_deep(root):
    level, depth = [root], 0
    while level:
        depth += 1
        if depth > DEEPEST:
            return True
        level = [child for element in level for child in element]
    return False


def tag(element):
    """The name without its namespace."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def attribute(element, name, default=""):
    """An attribute by its name without namespace; the one without any comes first."""
    value = element.get(name)
    if value is not None:
        return value
    return next((value for key, value in element.attrib.items() if key.rpartition("}")[2] == name), default)
