"""The token of a push: signed by Google, for our audience and our service account.

Push authentication: https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions
One token serves many pushes for up to an hour, and verifying it is a third of a push's CPU. So a good one is known,
by its hash, until it expires, its key is withdrawn or the settings are others.
"""

import time
from hashlib import sha256
from typing import Any, NamedTuple

import jwt

from gmail_sync.exceptions import PushRefused
from gmail_sync.push.certs import certs

ISSUERS = ["https://accounts.google.com", "accounts.google.com"]
LEEWAY_SECONDS = 10
KNOWN_SECONDS = 3_600
KNOWN_LIMIT = 1_000  # tokens at once; each has Google's signature, so nobody else can fill it

Signer = tuple[str, str]  # the audience, and the service account's address


class Good(NamedTuple):
    """A token that was verified: by which key, for whom, and until when (a UNIX time) it is good."""

    key: jwt.PyJWK
    signer: Signer
    until: float


_known: dict[bytes, Good] = {}


async def verify(token: str, signer: Signer) -> None:
    """Raise PushRefused unless Google signed the token for us, CertsUnavailable if its keys are out of reach."""
    digest = sha256(token.encode()).digest()
    known = _known.get(digest)
    if known is not None and await _is_still_good(known, signer):
        return
    if len(_known) >= KNOWN_LIMIT:
        _known.clear()
    _known[digest] = await _verified(token, signer)


async def _is_still_good(known: Good, signer: Signer) -> bool:
    if known.signer != signer or time.time() >= known.until:
        return False
    return await certs.key(str(known.key.key_id)) is known.key


async def _verified(token: str, signer: Signer) -> Good:
    try:
        header = jwt.get_unverified_header(token)
        if header.get("alg") != "RS256" or not isinstance(header.get("kid"), str):
            raise PushRefused("not an RS256 token with a key id")
        key = await certs.key(header["kid"])
        claims = _claims(token, key, signer[0])
    except jwt.PyJWTError as error:
        raise PushRefused(type(error).__name__) from error
    if claims.get("email") != signer[1] or claims.get("email_verified") is not True:
        raise PushRefused("another service account")
    return Good(key, signer, min(int(claims["exp"]) + LEEWAY_SECONDS, time.time() + KNOWN_SECONDS))


def _claims(token: str, key: jwt.PyJWK, audience: str) -> dict[str, Any]:
    return jwt.decode(
        token,
        key,
        algorithms=["RS256"],
        audience=audience,
        issuer=ISSUERS,
        leeway=LEEWAY_SECONDS,
        options={"require": ["exp", "iat", "aud", "iss"], "strict_aud": True},
    )
