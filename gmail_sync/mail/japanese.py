"""Japanese mail by cp932: Python's own codecs lack the vendors' characters that everybody uses, such as ① and 髙.

Specification: https://encoding.spec.whatwg.org/#iso-2022-jp-decoder and #euc-jp-decoder
"""

import re

_RUN = re.compile(rb"\x1b(\$[@B]|\([BJI]|\$\(D)|([^\x1b]+)|\x1b")
_EUC_CHARACTER = re.compile(rb"\x8e([\xa1-\xdf])|([\xa1-\xfe]{2})|\x8f?[\x80-\xff]")
_NOTHING = b"\xff"  # no character of cp932
NO_CHARACTER = dict.fromkeys(range(0xF8F0, 0xF8F4), 0xFFFD)  # what Python's cp932 makes of such bytes


def decode_iso_2022_jp(octets: bytes) -> str:
    mode, out = b"(B", bytearray()
    for escape, run in _RUN.findall(octets):
        if escape:
            mode = escape
        elif mode == b"(I":
            out += bytes(byte | 0x80 for byte in run)
        elif mode in (b"(B", b"(J"):
            out += run
        else:
            pairs = (run[at : at + 2] for at in range(0, len(run), 2))
            out += b"".join(_shifted(pair) if mode != b"$(D" else _NOTHING for pair in pairs)
    return decode_shift_jis(bytes(out))


def decode_euc_jp(octets: bytes) -> str:
    """Decode it; each invalid byte becomes U+FFFD."""

    def shifted(match: re.Match[bytes]) -> bytes:
        return match[1] or _shifted(bytes(byte & 0x7F for byte in match[2] or b""))

    return decode_shift_jis(_EUC_CHARACTER.sub(shifted, octets))


def decode_shift_jis(octets: bytes) -> str:
    """Decode it; each invalid byte becomes U+FFFD."""
    return octets.decode("cp932", "replace").translate(NO_CHARACTER)


def _shifted(pair: bytes) -> bytes:
    """Return a character of JIS X 0208, two 7-bit bytes, as Shift_JIS writes it."""
    if len(pair) < 2 or not all(0x21 <= byte <= 0x7E for byte in pair):
        return _NOTHING
    row, cell = pair
    lead = (row + 1) // 2 + (0x70 if row < 0x5F else 0xB0)
    trail = cell + (0x7E if row % 2 == 0 else 0x1F if cell < 0x60 else 0x20)
    return bytes((lead, trail))
