"""The frame of every page: small, light and dark, no scripts."""

from html import escape
from string import Template

_PAGE = Template(
    """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>$title</title>
<style>
:root { color-scheme: light dark; --line: #8885; --soft: #8881; --accent: #1a73e8; }
body { font: 15px/1.45 system-ui, sans-serif; margin: 0 auto; max-width: 62rem; padding: 1rem; }
h1 { font-size: 1.3rem; } h1 small, .soft { font-weight: normal; opacity: .7; }
table { border-collapse: collapse; width: 100%; } td { border-top: 1px solid var(--line); padding: .35rem; }
td { overflow-wrap: anywhere; } td:first-child { min-width: 11rem; }
tr.unread { font-weight: 600; background: var(--soft); }
form { display: inline; } button { font: inherit; border: 1px solid var(--line); border-radius: .4rem;
  background: none; color: inherit; padding: .1rem .5rem; cursor: pointer; }
button.primary { background: var(--accent); color: #fff; } .consent label { display: block; }
fieldset { border: 1px solid var(--line); border-radius: .4rem; margin: 1rem 0; } code { font-size: .9em; }
.tag { border: 1px solid var(--line); border-radius: .3rem; font-size: .75rem; padding: 0 .3rem; }
.do { white-space: nowrap; text-align: right; }
</style></head><body><h1>$title <small>· Google simulator</small></h1>$body</body></html>"""
)


def page(title: str, body: str) -> str:
    """A whole page; body is HTML, title is text."""
    html = _PAGE.substitute(title=escape(title), body=body)
    return html.encode("utf-8", "replace").decode()  # a mail may hold what UTF-8 cannot
