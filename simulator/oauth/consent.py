"""The consent page: a person, or a program that posts the same form, says who is asked and to what."""

import re
from dataclasses import asdict
from html import escape
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from simulator.http import read_form
from simulator.oauth.authorization import AuthorizationRequest, RequestRefused
from simulator.oauth.scopes import may_refuse, parse_scopes
from simulator.pages.layout import page
from simulator.world.world import World

MAILS_OF_ANOTHER = 12
_ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w-]+(\.[\w-]+)+", re.ASCII)


async def show(http: Request) -> Response:
    """GET /o/oauth2/v2/auth: the page."""
    world: World = http.app.state.world
    request = AuthorizationRequest.parse(http.query_params)
    try:
        request.check(world.options.client_id)
    except RequestRefused as refused:
        return _blocked(refused)
    return HTMLResponse(page("Sign in", _form(world, request)))


async def decide(http: Request) -> Response:
    """POST of the form: 302 to the redirect_uri with a code, or with error=access_denied."""
    world: World = http.app.state.world
    form = await read_form(http)
    fields = {**http.query_params, **dict(form)}
    request = AuthorizationRequest.parse(fields)
    email = (fields.get("email") or request.login_hint).lower()
    try:
        request.check(world.options.client_id)
        if fields.get("decision", "allow") != "allow":
            return RedirectResponse(request.deny(), 302)
        if another := _another_account(fields):
            email = world.create_mailbox(another, MAILS_OF_ANOTHER).email
        if email not in world.mailboxes or world.mailboxes[email].gone:
            raise RequestRefused("Couldn't find your Google Account")
    except RequestRefused as refused:
        return _blocked(refused)
    scopes = parse_scopes(request.scope)
    if "ticks" in fields:  # from the page, where boxes may have been unticked
        ticked = {value for name, value in form if name == "granted"}
        scopes = [scope for scope in scopes if scope in ticked or not may_refuse(scope)]
    return RedirectResponse(request.grant(world, email, scopes), 302)


def _another_account(fields: dict[str, str]) -> str:
    """Return the address that somebody has typed on the page, to sign in with another account; empty for none."""
    typed = fields.get("another", "").strip().lower()
    return typed if "ticks" in fields and fields.get("decision") == "allow" and _ADDRESS.fullmatch(typed) else ""


def _blocked(refused: RequestRefused) -> Response:
    return HTMLResponse(page("Access blocked", f"<p>{escape(str(refused))}</p>"), 400)


def _form(world: World, request: AuthorizationRequest) -> str:
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{escape(value)}">'
        for name, value in asdict(request).items()
        if value
    )
    scopes = "".join(map(_scope_box, parse_scopes(request.scope)))
    return (
        f'<form method="post" class="consent">{hidden}<input type="hidden" name="ticks" value="1">'
        f"<p><b>{escape(urlsplit(request.redirect_uri).netloc)}</b> wants to access a Google account "
        f"(client <code>{escape(request.client_id)}</code>).</p>"
        f"<fieldset><legend>Account</legend>{_account_choice(world, request.login_hint.lower())}</fieldset>"
        f"<fieldset><legend>It will be allowed</legend>{scopes}</fieldset>"
        '<button name="decision" value="deny" formnovalidate>Deny</button> '
        '<button name="decision" value="allow" class="primary">Allow</button></form>'
    )


def _account_choice(world: World, hint: str) -> str:
    emails = [email for email, mailbox in world.mailboxes.items() if not mailbox.gone]
    chosen = hint if hint in emails else next(iter(emails), "")
    choice = "".join(
        f'<label><input type="radio" name="email" value="{escape(email)}" required'
        f"{' checked' if email == chosen else ''}> {escape(email)}</label>"
        for email in emails
    )
    typed = '<input type="email" name="another" autocomplete="off" placeholder="name@mail.example">'
    return f"{choice}<label>or another one, which is made at once: {typed}</label>"


def _scope_box(scope: str) -> str:
    fixed = "" if may_refuse(scope) else " disabled"
    box = f'<input type="checkbox" name="granted" value="{escape(scope)}" checked{fixed}>'
    return f"<label>{box} <code>{escape(scope)}</code></label>"
