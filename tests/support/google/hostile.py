"""Headers of senders who mean harm: each is a few signs repeated to the length that is asked for."""

from collections.abc import Callable


def _repeated(signs: str) -> Callable[[int], str]:
    return lambda size: (signs * (size // len(signs) + 1))[:size]


HEADERS: dict[str, Callable[[int], str]] = {
    "decoded parentheses": lambda size: f"=?utf-8?b?{'KCgo' * (size // 4)}?=",
    "byte order marks": lambda size: "\ufeff" * size + "<a>b",
    "nested comments": lambda size: "(" * (size // 2) + ")" * (size // 2),
    "a group of nobody": lambda size: f"{'x' * size}:;",
    "recipients": lambda size: ", ".join(f"R {n} <r{n}@x.example>" for n in range(size // 24)),
    **{
        signs: _repeated(signs)
        for signs in ['"', '"\\"', "\\", "(", "(a", ")", "()", "<", ">", "<>", "<a", "<a@", "<@", ",", ";", ":", "a:;"]
    },
    **{
        signs: _repeated(signs)
        for signs in ["@", "a@", '"a"@', '"a" @', "=?", "?=", "=?a?q?", "=?a?q?x?", "=?a?q??= ", "=?gbk?q?=B0?= "]
    },
    **{
        signs: _repeated(signs) for signs in ["=?utf-8?q?=F0?= ", "=?iso-2022-jp?b?GyRC?= ", " ", "\ufeff", "a ", "&#9"]
    },
}
