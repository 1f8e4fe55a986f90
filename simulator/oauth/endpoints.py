"""OAuth over HTTP: token, revoke, userinfo and certs. The consent page is in consent.py."""

from base64 import b64decode
from collections.abc import Mapping

import jwt
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from simulator.errors import GoogleError
from simulator.faults import Fault, FaultedCall
from simulator.http import read_form
from simulator.ids import subject_id
from simulator.state import Document
from simulator.world.grants import InvalidGrant
from simulator.world.world import World

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"


def oauth_error(error: str, description: str, status: int = 400) -> Response:
    """Return an error of the token endpoint: https://www.rfc-editor.org/rfc/rfc6749#section-5.2."""
    return JSONResponse({"error": error, "error_description": description}, status)


async def take_fault(http: Request, method: str) -> Response | None:
    """Return the answer that a fault puts in place of the endpoint's own, after its delay."""
    world: World = http.app.state.world
    fault = world.faults.take(FaultedCall(method)) or Fault(method)
    await world.faults.wait(fault)
    if fault.body is not None:
        return Response(fault.body, fault.status or 200, media_type="application/json")
    if fault.status == 400:
        return oauth_error(fault.reason or "invalid_grant", fault.message or "Bad Request")
    return JSONResponse(fault.error().body(), fault.status, fault.error().headers()) if fault.status else None


async def token(http: Request) -> Response:
    """POST /token: by code, by refresh token, or by a service account's assertion."""
    world: World = http.app.state.world
    answer = await take_fault(http, "token") or _token(world, _credentials(http, dict(await read_form(http))))
    world.meter.count("token", answer.status_code)
    return answer


def _credentials(http: Request, form: dict[str, str]) -> dict[str, str]:
    """Return the form with the client's id and secret, which may come as HTTP Basic instead."""
    scheme, _, encoded = http.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        client_id, _, secret = b64decode(encoded).decode().partition(":")
        return {**form, "client_id": client_id, "client_secret": secret}
    return form


def _token(world: World, form: Mapping[str, str]) -> Response:
    grant_type = form.get("grant_type", "")
    if grant_type == JWT_BEARER:
        return _service_account(world, form.get("assertion", ""))
    client_id = form.get("client_id", "")
    expected = (
        world.options.client_id or client_id,
        world.options.client_secret or form.get("client_secret", ""),
    )
    if not client_id or (client_id, form.get("client_secret", "")) != expected:
        return oauth_error("invalid_client", "The OAuth client was not found.", 401)
    try:
        if grant_type == "authorization_code":
            return JSONResponse(_by_code(world, client_id, form))
        if grant_type == "refresh_token":
            return JSONResponse(_by_refresh_token(world, client_id, form.get("refresh_token", "")))
    except InvalidGrant as error:
        return oauth_error("invalid_grant", str(error))
    return oauth_error("unsupported_grant_type", f"Invalid grant_type: {grant_type}")


def _by_code(world: World, client_id: str, form: Mapping[str, str]) -> Document:
    grants = world.grants
    redirect_uri, verifier = form.get("redirect_uri", ""), form.get("code_verifier", "")
    code = grants.redeem(form.get("code", ""), client_id, redirect_uri, verifier)
    _require_account(world, code.email)
    answer = _answer(world, code.email, client_id, code.scopes)
    if code.offline:
        answer["refresh_token"] = grants.issue_refresh(code.email, client_id, code.scopes)
    if "openid" in code.scopes:
        claims = {"aud": client_id, "azp": client_id, **_identity(world, code.email)}
        answer["id_token"] = world.keys.sign({**claims, "nonce": code.nonce} if code.nonce else claims)
    return answer


def _by_refresh_token(world: World, client_id: str, refresh_token: str) -> Document:
    granted = world.grants.refresh(refresh_token, client_id)
    _require_account(world, granted.email)
    answer = _answer(world, granted.email, client_id, granted.scopes)
    if "openid" in granted.scopes:
        claims = {"aud": client_id, "azp": client_id, **_identity(world, granted.email)}
        answer["id_token"] = world.keys.sign(claims)
    return answer


def _require_account(world: World, email: str) -> None:
    mailbox = world.mailboxes.get(email)
    if mailbox is None or mailbox.gone:
        raise InvalidGrant("Account has been deleted")


def _answer(world: World, email: str, client_id: str, scopes: list[str]) -> Document:
    return {
        "access_token": world.grants.issue_access(email, client_id, scopes),
        "expires_in": world.grants.access_seconds,
        "scope": " ".join(scopes),
        "token_type": "Bearer",
    }


def _service_account(world: World, assertion: str) -> Response:
    """Answer with a bearer for Pub/Sub; the assertion is read, its signature is not checked: nobody knows its key."""
    try:
        issuer = jwt.decode(assertion, options={"verify_signature": False}).get("iss", "")
    except jwt.InvalidTokenError:
        issuer = ""
    if "@" not in issuer:
        return oauth_error("invalid_grant", "Invalid JWT Signature.")
    return JSONResponse(_answer(world, issuer, issuer, ["https://www.googleapis.com/auth/pubsub"]))


async def revoke(http: Request) -> Response:
    """POST /revoke: end the whole grant that the token belongs to."""
    world: World = http.app.state.world
    fields = {**dict(await read_form(http)), **http.query_params}
    answer = await take_fault(http, "revoke")
    if answer is None:
        known = world.grants.revoke(fields.get("token", ""))
        answer = JSONResponse({}) if known else oauth_error("invalid_token", "Token expired or revoked")
    world.meter.count("revoke", answer.status_code)
    return answer


async def userinfo(http: Request) -> Response:
    """GET /v1/userinfo: https://openid.net/specs/openid-connect-core-1_0.html#UserInfo."""
    world: World = http.app.state.world
    answer = await take_fault(http, "userinfo") or _userinfo(world, http.headers.get("authorization", ""))
    world.meter.count("userinfo", answer.status_code)
    return answer


def _userinfo(world: World, authorization: str) -> Response:
    granted = world.grants.access(authorization.removeprefix("Bearer "))
    if granted is None or granted.email not in world.mailboxes or world.mailboxes[granted.email].gone:
        return oauth_error("invalid_request", "Invalid Credentials", 401)
    if "openid" not in granted.scopes:
        error = GoogleError(403, "insufficientPermissions", "Request had insufficient authentication scopes.")
        return JSONResponse(error.body(), error.status)
    name = granted.email.partition("@")[0].replace(".", " ").title()
    return JSONResponse({**_identity(world, granted.email), "name": name})


def _identity(world: World, email: str) -> Document:
    mailbox = world.mailboxes[email]
    return {"sub": subject_id(mailbox.account), "email": email, "email_verified": mailbox.verified}


async def certs(http: Request) -> Response:
    """GET /oauth2/v3/certs: the JWKS that signs ID and push tokens."""
    world: World = http.app.state.world
    answer = await take_fault(http, "certs") or JSONResponse(
        world.keys.jwks(), headers={"cache-control": "public, max-age=19800"}
    )
    world.meter.count("certs", answer.status_code)
    return answer
