"""The consent page: a person, or a program that posts the same form, says who is asked and to what."""

from dataclasses import dataclass
from html import escape
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from simulator.http import read_form
from simulator.oauth.scopes import parse_scopes
from simulator.pages.layout import page
from simulator.world import World

_HANDED_ON = (
    "client_id",
    "redirect_uri",
    "response_type",
    "scope",
    "state",
    "access_type",
    "prompt",
    "code_challenge",
    "code_challenge_method",
    "login_hint",
    "nonce",
)


class ConsentRefused(Exception):
    """A request that Google answers with a page of its own, since the redirect cannot be trusted."""


@dataclass(frozen=True)
class ConsentRequest:
    """The parameters of the authorization request."""

    fields: dict[str, str]

    def __getattr__(self, name: str) -> str:
        return self.fields.get(name, "")

    def check(self, client_id: str) -> None:
        """Raise ConsentRefused when the request makes no sense; client_id: the only one known, or empty."""
        if not self.client_id or client_id not in ("", self.client_id):
            raise ConsentRefused("Error 401: invalid_client. The OAuth client was not found.")
        if urlsplit(self.redirect_uri).scheme not in ("http", "https"):
            raise ConsentRefused("Error 400: redirect_uri_mismatch")
        if self.response_type != "code":
            raise ConsentRefused("Error 400: unsupported_response_type")
        if not self.scope.split():
            raise ConsentRefused("Error 400: invalid_scope. Missing required parameter: scope")
        if self.code_challenge and self.code_challenge_method != "S256":
            raise ConsentRefused("Error 400: invalid_request. Only S256 is played.")


def issue_code(world: World, request: ConsentRequest, email: str, scopes: list[str]) -> str:
    """A code for the account; offline access is worth a refresh token at first or by prompt=consent."""
    first = not world.grants.consented(email, request.client_id)
    offline = request.access_type == "offline" and (first or "consent" in request.prompt.split())
    return world.grants.issue_code(
        email,
        request.client_id,
        request.redirect_uri,
        scopes,
        challenge=request.code_challenge,
        offline=offline,
        nonce=request.nonce,
    )


def redirect_to(request: ConsentRequest, answer: dict[str, str]) -> str:
    """The redirect_uri with the answer and the state."""
    if request.state:
        answer = {"state": request.state, **answer}
    joint = "&" if urlsplit(request.redirect_uri).query else "?"
    return request.redirect_uri + joint + urlencode(answer)


async def show(http: Request) -> Response:
    """GET /o/oauth2/v2/auth: the page."""
    world: World = http.app.state.world
    request = ConsentRequest(dict(http.query_params))
    try:
        request.check(world.options.client_id)
    except ConsentRefused as refused:
        return HTMLResponse(page("Access blocked", f"<p>{escape(str(refused))}</p>"), 400)
    return HTMLResponse(page("Sign in", _form(world, request)))


async def decide(http: Request) -> Response:
    """POST of the form: 302 to the redirect_uri with a code, or with error=access_denied."""
    world: World = http.app.state.world
    form = await read_form(http)
    fields = dict(form)
    request = ConsentRequest({**http.query_params, **{k: v for k, v in form if k in _HANDED_ON}})
    email = (fields.get("email") or request.login_hint).lower()
    try:
        request.check(world.options.client_id)
        if fields.get("decision", "allow") != "allow":
            return RedirectResponse(redirect_to(request, {"error": "access_denied"}), 302)
        if email not in world.mailboxes or world.mailboxes[email].gone:
            raise ConsentRefused("Couldn't find your Google Account")
    except ConsentRefused as refused:
        return HTMLResponse(page("Access blocked", f"<p>{escape(str(refused))}</p>"), 400)
    scopes = parse_scopes(request.scope)
    if "ticks" in fields:  # from the page, where boxes may have been unticked
        ticked = {value for name, value in form if name == "granted"}
        scopes = [scope for scope in scopes if scope in ticked or not _may_untick(scope)]
    code = issue_code(world, request, email, scopes)
    answer = {"code": code, "scope": " ".join(scopes), "authuser": "0", "prompt": request.prompt or "none"}
    return RedirectResponse(redirect_to(request, answer), 302)


def _may_untick(scope: str) -> bool:
    """Google lets people refuse every scope but the ones that tell who they are."""
    return scope != "openid" and "/userinfo." not in scope


def _form(world: World, request: ConsentRequest) -> str:
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{escape(request.fields[name])}">'
        for name in _HANDED_ON
        if name in request.fields
    )
    emails = [email for email, mailbox in world.mailboxes.items() if not mailbox.gone]
    chosen = request.login_hint.lower() if request.login_hint.lower() in emails else next(iter(emails), "")
    accounts = "".join(
        f'<label><input type="radio" name="email" value="{escape(email)}" required'
        f"{' checked' if email == chosen else ''}> {escape(email)}</label>"
        for email in emails
    )
    scopes = "".join(
        f'<label><input type="checkbox" name="granted" value="{escape(scope)}" checked'
        f"{'' if _may_untick(scope) else ' disabled'}> <code>{escape(scope)}</code></label>"
        for scope in parse_scopes(request.scope)
    )
    return (
        f'<form method="post" class="consent">{hidden}<input type="hidden" name="ticks" value="1">'
        f"<p><b>{escape(urlsplit(request.redirect_uri).netloc)}</b> wants to access a Google account "
        f"(client <code>{escape(request.client_id)}</code>).</p>"
        f"<fieldset><legend>Account</legend>{accounts or 'There is no mailbox yet.'}</fieldset>"
        f"<fieldset><legend>It will be allowed</legend>{scopes}</fieldset>"
        '<button name="decision" value="deny" formnovalidate>Deny</button> '
        '<button name="decision" value="allow" class="primary">Allow</button></form>'
    )
