"""Markdown to HTML, with code in colours and formulas as MathML. What comes out is for `gate`, not for a page."""

import html
import re

from latex2mathml.converter import convert
from markdown_it import MarkdownIt
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.tasklists import tasklists_plugin
from pygments import highlight
from pygments.formatters.html import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

from .emoji import signs

DIAGRAMS = {"mermaid", "plantuml", "dot", "graphviz"}
ICON = re.compile(r"<([a-z][\w-]*:[\w-]+)[^<>]*/?>")
LINES = re.compile(r"[\[{]\s*((?:all|\*|[\d,\s-]*)(?:\|(?:all|\*|[\d,\s-]*))*)\s*[\]}]")
ATTRIBUTE_LIST = re.compile(r"\s*\{((?:\s*[.#][\w-]+)+)\s*\}$")
MAX_FORMULA = 5000  # characters
MAX_COLOURED = 50_000  # characters of code
LANGUAGES = {"vue": "html", "svelte": "html", "shell": "bash", "sh": "bash", "console": "console", "jsonc": "json"}
# A fence, which is left alone, or HTML that is laid out already.
PRE = re.compile(r"^[ \t]*(?P<fence>`{3,}|~{3,}).*?^[ \t]*(?P=fence)|^[ \t]*<pre\b[^>]*>.*?</pre>", re.M | re.S)
LOGOS = re.compile(r"\\(La|Ka)?TeX\b")


class Renderer:
    def __init__(self, lose, draw, *, stars_step=False):
        self.lose = lose
        self.draw = draw  # (source, what stands beside the language) -> the HTML of a Mermaid diagram, or None
        self.stars_step = stars_step  # Marp: a list with stars or with 1) appears entry by entry
        self.markdown = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
        self.markdown.use(deflist_plugin).use(tasklists_plugin).use(footnote_plugin)
        self.markdown.use(dollarmath_plugin, allow_space=False, double_inline=True, renderer=self._formula)
        self.markdown.renderer.rules |= {"fence": self._fence, "code_block": self._fence, "text": self._text}

    def html(self, text):
        text = PRE.sub(_unbroken, text)
        text = re.sub(r"^(\s*\$\$)[ \t]*\{[^}\n]*\}[ \t]*$", r"\1", text, flags=re.M)
        text = re.sub(r"^<<<[ \t]+(\S+).*$", self._include, text, flags=re.M)
        tokens = self.markdown.parse(text, env := {})
        if self.stars_step:
            for token in tokens:
                if token.type in {"bullet_list_open", "ordered_list_open"} and token.markup in {"*", ")"}:
                    token.attrSet("class", "auto-step")
        return self.markdown.renderer.render(tokens, self.markdown.options, env)

    def _include(self, match):
        self.lose("include", match[1])
        return f'<p class="left-out" role="note">{html.escape(match[1])} left out</p>'

    def _text(self, tokens, index, options, env):
        text = tokens[index].content
        for icon in ICON.findall(text):
            self.lose("icon", icon)
        return html.escape(signs(ICON.sub("", text)))

    def _formula(self, source, options):
        display = "block" if options.get("display_mode") else "inline"
        source = re.sub(r"\\(begin|end)\{(?:aligned|align)\}", r"\\\1{align*}", source)  # which the converter knows
        source = LOGOS.sub(lambda match: rf"\text{{{match[1] or ''}TeX}}", source)
        try:
            if len(source) > MAX_FORMULA:
                raise ValueError("too long")
            return convert(source, display=display)
        except Exception:  # its parser has a dozen ways to give up
            self.lose("maths", source[:80])
            return f'<code class="math">{html.escape(source)}</code>'

    def _fence(self, tokens, index, options, env):
        token = tokens[index]
        language, _, rest = token.info.strip().partition(" ")
        language = re.split(r"[\[{,:]", language)[0].lower()
        if language == "md" and "magic-move" in rest:
            return self._turns(token.content)
        if language in DIAGRAMS:
            if language == "mermaid" and (drawn := self.draw(token.content, rest)):
                return drawn
            self.lose("diagram", language)
            return code_block(token.content, language, extra="source")
        lines = LINES.search(token.info)
        groups = lines[1] if lines and "|" in lines[1] else ""
        return code_block(token.content, language, groups)

    def _turns(self, text):
        """Blocks of code that take each other's place."""
        blocks = [token for token in self.markdown.parse(text) if token.type == "fence"]
        inner = "".join(code_block(token.content, token.info.split(" ")[0].lower()) for token in blocks)
        return f'<div data-x-turns="">{inner}</div>\n'


def _unbroken(match):
    """With a space in its empty lines, which would end the HTML around it."""
    return match[0] if match["fence"] else re.sub(r"^[ \t]*$", "&#32;", match[0], flags=re.M)


def code_block(code, language="", groups="", extra=""):
    code = code.strip("\n").expandtabs(4)
    steps = f' data-x-lines="{html.escape(groups)}"' if groups else ""
    lines = "".join(f'<span class="line">{line}\n</span>' for line in _coloured(code, language))
    return f'<pre class="code {extra}" dir="ltr"{steps}><code>{lines}</code></pre>\n'


def _coloured(code, language):
    if language and len(code) <= MAX_COLOURED:
        try:
            lexer = get_lexer_by_name(LANGUAGES.get(language, language), stripnl=False, ensurenl=False)
        except ClassNotFound:
            lexer = None
        if lexer:
            return highlight(code, lexer, HtmlFormatter(nowrap=True)).rstrip("\n").split("\n")
    return html.escape(code, False).split("\n")
