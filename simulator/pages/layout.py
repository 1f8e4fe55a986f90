"""The frame of every page: small, light and dark, no scripts."""

import base64
import hashlib
from html import escape
from string import Template

from starlette.responses import HTMLResponse

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --accent: #1558b0; }
* { box-sizing: border-box; }
body { font: 15px/1.45 system-ui, sans-serif; margin: 0 auto; max-width: 54rem; padding: 1rem; }
h1 { font-size: 1.35rem; margin: 0 0 .5rem; } h1 small, .soft { font-weight: normal; opacity: .75; }
h2 { font-size: 1.1rem; margin: 2rem 0 .25rem; overflow-wrap: anywhere; } p { margin: .25rem 0 .75rem; }
nav a { display: inline-block; margin: 0 .75rem .25rem 0; } a { color: LinkText; }
.mails { list-style: none; margin: 0; padding: 0; }
.mails li { border-top: 1px solid var(--line); padding: .5rem .5rem .6rem; overflow-wrap: anywhere; }
.mails .unread { background: var(--soft); border-left: 3px solid var(--accent); }
.unread .line { font-weight: 650; } .line { display: flex; gap: .25rem .75rem; flex-wrap: wrap; }
.line time { margin-left: auto; font-weight: normal; opacity: .75; }
form { display: inline; } .mails form { display: flex; flex-wrap: wrap; gap: .35rem; margin-top: .35rem; }
button { font: inherit; border: 1px solid var(--line); border-radius: .4rem; background: none; color: inherit;
  padding: .2rem .6rem; cursor: pointer; } .mails button { font-size: .85rem; }
button:hover { background: var(--soft); } button.primary { background: var(--accent); color: #fff; }
.consent label { display: block; padding: .15rem 0; overflow-wrap: anywhere; }
.write { display: grid; gap: .5rem; padding: .75rem 0; } .write label { display: grid; gap: .15rem; }
input:not([type]), input[type=text], input[type=email], textarea, select { font: inherit; color: inherit; width: 100%;
  padding: .35rem .5rem; border: 1px solid var(--line); border-radius: .4rem; background: none; }
summary { cursor: pointer; } .write button { justify-self: start; }
fieldset { border: 1px solid var(--line); border-radius: .4rem; margin: 1rem 0; min-width: 0; }
code { font-size: .9em; overflow-wrap: anywhere; }
.tag { border: 1px solid var(--line); border-radius: .3rem; font-size: .72rem; padding: 0 .3rem; opacity: .8; }
"""
_PAGE = Template(
    """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title · simulated Gmail</title><style>$style</style></head>
<body><h1>$title <small>· simulated Gmail</small></h1>$body</body></html>"""
)
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; img-src data:; base-uri 'none'; frame-ancestors 'none'"


def page(title: str, body: str) -> str:
    """Return a whole page; body is HTML, title is text."""
    html = _PAGE.substitute(title=escape(title), style=_STYLE, body=body)
    return html.encode("utf-8", "replace").decode()  # a mail may hold what UTF-8 cannot


def answer(title: str, body: str, status: int = 200) -> HTMLResponse:
    """Answer with the page: nothing in it runs, and nobody keeps it."""
    return HTMLResponse(page(title, body), status, {"Content-Security-Policy": POLICY, "Cache-Control": "no-store"})
