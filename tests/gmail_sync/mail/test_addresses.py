"""The people that a mail is from and to, whatever stands in the header."""

from email.utils import parseaddr

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gmail_sync.mail.addresses import (
    LONGEST_ADDRESS,
    LONGEST_LIST,
    LONGEST_NAME,
    Mailbox,
    first_mailbox,
    list_mailboxes,
    parse_mailboxes,
)
from tests.support.costs import cost_ratio
from tests.support.google.hostile import HEADERS

SENDERS = {
    # plain
    "Ann <a@x>": ("Ann", "a@x"),
    "Ann Lee<a@x>": ("Ann Lee", "a@x"),
    "a@x": ("", "a@x"),
    "<a@x>": ("", "a@x"),
    " < a@x > ": ("", "a@x"),
    "a@x <a@x>": ("a@x", "a@x"),
    "": ("", ""),
    "<>": ("", ""),
    "Ann <>": ("Ann", ""),
    "Ann": ("Ann", ""),
    "Ann\r\n Lee\r\n\t<a@x>": ("Ann Lee", "a@x"),
    "Mr. A. B. <a@x>": ("Mr. A. B.", "a@x"),
    # quotes
    '"Doe, John" <john@x>': ("Doe, John", "john@x"),
    '"Ann \\"A\\" B" <a@x>': ('Ann "A" B', "a@x"),
    '"Ann \\\\ B" <a@x>': ("Ann \\ B", "a@x"),
    "'Ann' <a@x>": ("'Ann'", "a@x"),
    '"Ann, Jr." Lee <a@x>': ("Ann, Jr. Lee", "a@x"),
    '"<b@y>" <a@x>': ("<b@y>", "a@x"),
    '"a@x" <b@y>': ("a@x", "b@y"),
    '"a@x"': ("a@x", ""),
    '"" <a@x>': ("", "a@x"),
    'Ann "Lee <a@x>': ('Ann "Lee', "a@x"),
    "DOMAIN\\ann <a@x>": ("DOMAIN\\ann", "a@x"),
    # words, which are decoded when all else is done
    "=?utf-8?Q?Doe=2C_John?= <john@x>": ("Doe, John", "john@x"),
    "=?utf-8?Q?Doe,_John?= <john@x>": ("Doe, John", "john@x"),
    "=?utf-8?B?PGJAeT4=?= <a@x>": ("<b@y>", "a@x"),
    "=?utf-8?Q?=22Ann=22?= <a@x>": ('"Ann"', "a@x"),
    '"=?utf-8?Q?J=C3=BCrgen?=" <a@x>': ("Jürgen", "a@x"),
    "=?utf-8?Q?J=C3=BC?= =?utf-8?Q?rgen?= <a@x>": ("Jürgen", "a@x"),
    "=?utf-8?Q?J=C3=BCrgen?= Lee <a@x>": ("Jürgen Lee", "a@x"),
    "=?utf-8?Q?Ann_<a@x>?=": ("Ann <a@x>", ""),
    "<=?utf-8?Q?a=40x?=>": ("", "a@x"),
    "Jürgen <a@x>": ("Jürgen", "a@x"),
    # parentheses
    "[JIRA] Ann (Jira)": ("[JIRA] Ann (Jira)", ""),
    "[JIRA] Ann (Jira) <a@x>": ("[JIRA] Ann (Jira)", "a@x"),
    '"Ann" (Sales) <a@x>': ("Ann (Sales)", "a@x"),
    "a@x (Ann)": ("Ann", "a@x"),
    "a@x (Ann (Sales))": ("Ann (Sales)", "a@x"),
    "a@x (Doe, John)": ("Doe, John", "a@x"),
    "a@x (=?utf-8?Q?J=C3=BCrgen?=)": ("Jürgen", "a@x"),
    "(Ann) a@x": ("Ann", "a@x"),
    "<a@x> (Ann)": ("Ann", "a@x"),
    "Ann <a@x> (Sales)": ("Ann", "a@x"),
    "a@x (Ann :)": ("Ann :", "a@x"),
    "Ann :( <a@x>": ("Ann :(", "a@x"),
    # groups
    "Support: team@x;": ("Support", "team@x"),
    "Support: Ann <team@x>, b@y;": ("Ann", "team@x"),
    "undisclosed-recipients:;": ("undisclosed-recipients", ""),
    '"Team: A": a@x;': ("Team: A", "a@x"),
    "Re: Ann <a@x>": ("Re: Ann", "a@x"),
    "News 10:30 <a@x>": ("News 10:30", "a@x"),
    # several, and commas that nobody quoted
    "Ann <a@x>, Ben <b@x>": ("Ann", "a@x"),
    "Ann <a@x>; Ben <b@x>": ("Ann", "a@x"),
    ", , Ann <a@x>": ("Ann", "a@x"),
    "Doe, John <john@x>": ("Doe, John", "john@x"),
    "Doe, John": ("Doe, John", ""),
    # brackets
    "Ann <a@x": ("Ann", "a@x"),
    "Ann <a@x, Ben <b@x>": ("Ann", "a@x"),
    "Ann a@x>": ("Ann", "a@x"),
    "<3 Ann <a@x>": ("<3 Ann", "a@x"),
    "Ann <work> <a@x>": ("Ann <work>", "a@x"),
    "Ann <@r1,@r2:a@x>": ("Ann", "a@x"),
    "Ann <mailto:a@x>": ("Ann", "a@x"),
    "<a@x> Ann": ("Ann", "a@x"),
    # addresses
    "Ann a@x": ("Ann", "a@x"),
    "Ann [a@x]": ("Ann", "a@x"),
    "Ann @ Work <a@x>": ("Ann @ Work", "a@x"),
    "Ann <ä@bücher.example>": ("Ann", "ä@bücher.example"),
    '"john doe"@x': ("", '"john doe"@x'),
    'Ann <"john doe"@x>': ("Ann", '"john doe"@x'),
    "Ann <a@[127.0.0.1]>": ("Ann", "a@[127.0.0.1]"),
    "Ann <a b@x>": ("Ann", "ab@x"),
    "Ann <a@b@x>": ("Ann", '"a@b"@x'),
    # names that nobody sees
    "\ufeff\u200b <a@x>": ("", "a@x"),
    '"\u3164" <a@x>': ("", "a@x"),
    "=?utf-8?Q?=E2=80=8E?= <a@x>": ("", "a@x"),
}


@pytest.mark.parametrize(("header", "sender"), SENDERS.items())
def test_it_reads_who_sent_it(header: str, sender: tuple[str, str]) -> None:
    found = first_mailbox(header)
    assert (found.name or found.group, found.address) == sender


# Without what no other reader takes apart: an empty group, and a domain in brackets, which Python of late refuses.
@pytest.mark.parametrize("header", [header for header in SENDERS if "undis" not in header and "@[" not in header])
def test_it_writes_a_text_that_others_take_apart_alike(header: str) -> None:
    found = first_mailbox(header)
    assert parseaddr(str(found)) == (found.name, found.address)
    assert first_mailbox(str(found)) == Mailbox(found.name, found.address)


@pytest.mark.parametrize(
    ("header", "text"),
    [
        ("a@x, Ben <b@x>", "a@x, Ben <b@x>"),
        ("=?utf-8?Q?Doe=2C_J=C3=BC?= <j@x>,b@x", '"Doe, Jü" <j@x>, b@x'),
        ("Friends: a@x, Ben <b@x>; c@x", "a@x, Ben <b@x>, c@x"),
        ("undisclosed-recipients:;", "undisclosed-recipients:;"),
        ("=?utf-8?Q?K=C3=B6ln?=: ;, a@x", "Köln:;, a@x"),
        ("Doe, John <j@x>, Lee, Ann <a@x>, c@x", '"Doe, John" <j@x>, "Lee, Ann" <a@x>, c@x'),
        ("", ""),
        (",,;", ""),
    ],
)
def test_it_writes_a_list_as_it_is_meant(header: str, text: str) -> None:
    assert list_mailboxes(parse_mailboxes(header)) == text


def test_it_cuts_a_list_between_two_mailboxes() -> None:
    text = list_mailboxes(parse_mailboxes(", ".join(f"Recipient {n} <r{n}@x.example>" for n in range(10_000))))
    assert LONGEST_LIST - 50 < len(text) <= LONGEST_LIST
    assert text.endswith("@x.example>, …")


def test_it_cuts_a_name_and_an_address() -> None:
    found = first_mailbox(f"{'n' * 5_000} <{'a' * 3_000}@x>")
    assert (len(found.name), found.name[-2:]) == (LONGEST_NAME, "n…")
    assert (len(found.address), found.address[-2:]) == (LONGEST_ADDRESS, "a…")


@pytest.mark.parametrize(
    ("header", "name"),
    [
        (f"=?utf-8?b?{'KCgo' * 25_000}?= <a@b.c>", "(((("),
        ("\ufeff" * 100_000 + "<a@b.c>", ""),
        (f'"{"n" * 100_000}" <a@b.c>', "nnnn"),
        ("(" * 50_000 + ")" * 50_000 + "<a@b.c>", "(((("),
    ],
)
def test_it_finds_the_address_after_a_name_out_of_all_bounds(header: str, name: str) -> None:
    found = first_mailbox(header)
    assert (found.name[:4], found.address) == (name, "a@b.c")


@pytest.mark.parametrize("kind", HEADERS)
def test_it_costs_no_more_than_its_length_and_at_most_so_much(kind: str) -> None:
    """Eight times the length is looked at, of a hundred; what costs the square of it takes 64 times as long."""
    small, large = HEADERS[kind](1_000), HEADERS[kind](100_000)
    assert len(list_mailboxes(parse_mailboxes(large))) <= LONGEST_LIST
    assert cost_ratio(lambda: list(parse_mailboxes(large)), lambda: list(parse_mailboxes(small))) < 32


signs = st.text(alphabet=st.one_of(st.sampled_from('"\\()<>,;:@=? ab.[]'), st.characters()), max_size=40)


@given(signs)
@example('"a"@"b" <@:>')
@example("<@")
@settings(deadline=None)
def test_it_reads_anything_and_writes_what_can_be_read(header: str) -> None:
    found = first_mailbox(header)
    again = first_mailbox(str(found))
    assert (again.name or again.group, again.address) == (found.name or found.group, found.address)
    assert "\n" not in str(found)
