"""Spellings of web addresses that readers take for different hosts."""

from itertools import product

SCHEMES = ["https:", "HTTP:", " https:", "ht\ntps:"]
SLASHES = ["//", "", "/", "///", "\\\\", "/\\"]
PLACES = [
    "evil.example", "bank.example\\@evil.example", "bank.example@evil.example", "bank.example%2f@evil.example",
    "bank.example\uff0f@evil.example", "a:b@evil.example:8080", "a@b@evil.example", "%65vil.example", "evil%2eexample",
    "evil\u3002example", "EVIL.example", "ev\til.example", "evil.example:",
    "fa\u00df.example", "b\u00fccher.example",
    "\u2603.example", "a\u200bb.example", "a\u00adb.example",
    "bank.example#@evil.example",
    "bank.example?@evil.example", "bank.example;@evil.example", "[::1]", "0x7f.1", "2130706433", "127.0.0.1",
    "127.0.0.01", "evil.example.",
    "xn--bcher-kva.example", "\uff11\uff12\uff17.0.0.1", "evil example", "evil<.example", "", "@", ":80",
    "bank.example:99999", "bank.example:8a", "%00.example", "\u24ba.example", "\ufb01le.example",
    "\u0391\u0392\u03a3.example", "e\u0301te\u0301.example", "a.b%40c", "\u0430pple.example", "evil.example\ufe0f",
    "evil_x.example", "\u212aelvin.example", "1.example", "a..b",
]  # fmt: skip
TAILS = ["", "/", "/a\\b?c\\d#e", "?x=@bank.example", "#@bank.example", "\\a"]
ADDRESSES = ["".join(parts) for parts in product(SCHEMES, SLASHES, PLACES, TAILS)]
