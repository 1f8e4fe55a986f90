"""The script of a page, and all that it imports: a browser asks for them at once, not for one level after the other."""

import re
from functools import cache
from pathlib import Path
from posixpath import dirname, join, normpath

from django import template
from django.contrib.staticfiles import finders
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()
_IMPORT = re.compile(r'^(?:import|export)\b[^;"]*"(\.\.?/[^"]+\.js)"', re.MULTILINE)


@register.simple_tag
@cache
def module(path: str) -> SafeString:
    """Return the elements that load the static module `path`, the modules that it needs named ahead."""
    needed = ((static(one),) for one in sorted(_imported(path)))
    ahead = format_html_join("\n  ", '<link rel="modulepreload" href="{}">', needed)
    return format_html('{}\n  <script type="module" src="{}"></script>', ahead, static(path))


def _imported(path: str) -> frozenset[str]:
    """Return the paths of all modules that this one imports when it is loaded, also by way of others."""
    found: set[str] = set()
    waiting = [path]
    while waiting:
        one = waiting.pop()
        text = Path(str(finders.find(one))).read_text(encoding="utf-8")
        new = {normpath(join(dirname(one), name)) for name in _IMPORT.findall(text)} - found
        found |= new
        waiting += new
    return frozenset(found)
