"""One style sheet a page.

A component has a file of its own, and a page wants a dozen of them. `collectstatic` joins what a page needs, in this
order, to `css/pages/<page>.css`, so that a browser asks once. In DEBUG, pages link the files themselves.
"""

from django.conf import settings

SHARED = ["tokens", "base", "components/icon", "components/button", "components/picture"]
PAPER = [
    *("tokens", "base", "paper"),
    *(f"components/{name}" for name in ("button", "field", "icon", "menu", "notice", "picture", "wordmark")),
]
DOOR = ["tokens", "base", "paper", *(f"components/{name}" for name in ("button", "field", "notice", "wordmark"))]
INCOMING = ["components/on-now", "components/incoming", "components/drop"]
PAGES = {
    "library": [*PAPER, *INCOMING, "components/deck-card", "components/empty"],
    "deck": [
        *(*PAPER, *INCOMING, "components/title", "components/slide-grid", "components/notes-editor"),
        *("components/start-panel", "components/talk-list", "components/warnings"),
        *("components/arrange", "components/dialog", "components/words-editor"),
    ],
    "report": [*PAPER, "components/report"],
    "source": [*PAPER, "components/source"],
    "talks": [*PAPER, "components/talk-list", "components/open-talk"],
    "following": [*PAPER, "components/on-now", "components/code-field"],
    "paper": PAPER,  # pages of words and forms
    "join": [*DOOR, "components/code-field"],
    "login": [*DOOR, "components/sign-in"],
    "error": DOOR,
    "away": [*DOOR, "components/icon", "components/copies"],
    "viewer": [
        *(*SHARED, "components/ink", "components/zoom", "components/viewer"),
        *(f"components/viewer-{name}" for name in ("text", "small", "window", "filled")),
    ],
    "screen": [*SHARED, "components/ink", "components/zoom", "components/screen"],
    "present": [
        *(*SHARED, "components/present", "components/desk", "components/desk-bar", "components/strip"),
        *(f"components/{name}" for name in ("edge-key", "tool", "notepad", "filmstrip", "pace", "sheet", "ask")),
        *(f"components/{name}" for name in ("invite", "field", "check-list", "hand", "key-list", "finder", "ink")),
        *(f"components/{name}" for name in ("palette", "devices", "people", "frozen", "zoom", "rehearsal")),
        *("components/section-list", "components/lesson"),
    ],
    "remote": [
        *SHARED,
        *(f"components/{name}" for name in ("strip", "sheet", "field", "notepad", "ink", "pace", "remote")),
    ],
    "remote_door": [*DOOR, "components/icon", "components/code-field", "components/approve"],
}


def names(page):
    """Static names of what the page links."""
    return files(page) if settings.DEBUG else [joined(page)]


def files(page):
    return [f"css/{name}.css" for name in PAGES[page]]


def joined(page):
    return f"css/pages/{page}.css"
