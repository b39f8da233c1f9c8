"""Tags that a page's frame needs: its styles, its script and the icons."""

import functools
import json
from pathlib import Path

from django import template
from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe

from .. import scripts, styles

register = template.Library()


@register.simple_tag
def stylesheets(page):
    """Links what `slides.styles` lists for a page."""
    links = ((staticfiles_storage.url(name),) for name in styles.names(page))
    return format_html_join("\n  ", '<link rel="stylesheet" href="{}">', links)


@register.simple_tag(takes_context=True)
def script(context, entry):
    """The script of a page: its entry module, joined with what that imports, or all of them while one works on them."""
    if settings.DEBUG:
        *imported, name = scripts.modules(entry)
    else:
        imported, name = [], scripts.joined(entry)
    urls = map(staticfiles_storage.url, sorted(imported))
    preload = format_html_join("\n  ", '<link rel="modulepreload" href="{}">', ((url,) for url in urls))
    tag = format_html('<script type="module" src="{}"></script>', staticfiles_storage.url(name))
    return mark_safe(f"{_importmap(context, entry)}{preload}{tag}")


def _importmap(context, entry):
    """Maps the plain URLs of what a joined script imports late to the hashed ones. Nothing without hashed names."""
    late = () if settings.DEBUG else _late_entries(entry)
    base, url = staticfiles_storage.base_url, staticfiles_storage.url
    names = map(scripts.joined, late)
    imports = {base + name: url(name) for name in names if url(name) != base + name}
    if not imports:
        return ""
    body = json.dumps({"imports": imports}, separators=(",", ":")).replace("<", "\\u003c")
    return format_html('<script type="importmap" nonce="{}">{}</script>', context["request"].csp_nonce, mark_safe(body))


_late_entries = functools.cache(scripts.late_entries)


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
