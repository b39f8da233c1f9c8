"""Tags that a page's frame needs: the import map and the icons."""

import functools
import json
import posixpath
import re
from pathlib import Path

from django import template
from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe

from .. import styles

register = template.Library()

IMPORT = re.compile(r"""^(?:import|export)\s(?:[^;"']*?\sfrom\s)?\s*["'](\.[^"']+)["']""", re.MULTILINE)


@register.simple_tag(takes_context=True)
def importmap(context):
    """Maps every module's plain URL to its hashed one, so that `./talk.js` in a module finds `talk.3ec4….js`.

    Empty without hashed names (DEBUG). Django's own rewriting of imports stumbles over comments and cycles.
    """
    hashed = getattr(staticfiles_storage, "hashed_files", None) or {}
    base = staticfiles_storage.base_url
    imports = {
        base + name: base + target
        for name, target in sorted(hashed.items())
        if name.startswith(("js/", "vendor/")) and name.endswith(".js")
    }
    if not imports:
        return ""
    body = json.dumps({"imports": imports}, separators=(",", ":")).replace("<", "\\u003c")
    return format_html('<script type="importmap" nonce="{}">{}</script>', context["request"].csp_nonce, mark_safe(body))


@register.simple_tag
def stylesheets(page):
    """Links what `slides.styles` lists for a page."""
    links = ((staticfiles_storage.url(name),) for name in styles.names(page))
    return format_html_join("\n  ", '<link rel="stylesheet" href="{}">', links)


@register.simple_tag
def modulepreload(entry):
    """Asks for all that a page's entry module imports at once, instead of layer after layer."""
    names = _imported(entry) if settings.DEBUG else _imported_once(entry)
    links = ((staticfiles_storage.url(name),) for name in names)
    return format_html_join("\n  ", '<link rel="modulepreload" href="{}">', links)


def _imported(entry):
    """The static names of the modules that `entry` needs, however deep."""
    found, waiting = [], [entry]
    while waiting:
        name = waiting.pop()
        source = Path(finders.find(name)).read_text()
        for specifier in IMPORT.findall(source):
            target = posixpath.normpath(posixpath.join(posixpath.dirname(name), specifier))
            if target not in found:
                found.append(target)
                waiting.append(target)
    return sorted(found)


_imported_once = functools.cache(_imported)


@register.simple_tag
def startimages():
    """What an iPad shows while the app starts from its Home Screen: a picture of exactly its own size, or nothing."""
    links = ((media, staticfiles_storage.url(name)) for media, name in _start_images())
    return format_html_join("\n  ", '<link rel="apple-touch-startup-image" media="{}" href="{}">', links)


@functools.cache
def _start_images():
    found = []
    for path in sorted(Path(finders.find("img/app")).glob("start-*.png")):
        width, height = map(int, path.stem.removeprefix("start-").split("x"))
        turned = "landscape" if width > height else "portrait"
        screen = f"(device-width: {min(width, height)}px) and (device-height: {max(width, height)}px)"
        found.append((f"{screen} and (orientation: {turned})", f"img/app/{path.name}"))
    return found


@register.simple_tag
def icon(name, size=""):
    """An icon from the page's sprite (templates/slides/_icons.html); `size` is "", "small" or "large"."""
    modifier = f" icon--{size}" if size else ""
    return format_html('<svg class="icon{}" aria-hidden="true"><use href="#icon-{}"/></svg>', modifier, name)
