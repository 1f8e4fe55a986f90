"""What a Supabase project answers when something is wrong with it, for operators: a sentence each, and its mend. Pure.

The answers are those of Realtime: https://supabase.com/docs/guides/realtime/error_codes
"""

from collections.abc import Collection, Mapping

import httpx

from gmail_sync.start_up import manage
from realtime.transport.supabase.broadcast import PAUSED, RESTORE, RUN_SQL, reaction_to
from realtime.transport.supabase.project import FORM, SigningKey

Said = tuple[str, str]  # a sentence, and its mend

RATES = ("x-rate-limit", "x-rate-limit-remaining", "x-rate-rolling")
COUNTS_TWICE = 2  # a message: once when it is posted, once when it is delivered
ROOM = 1.5
LATER = "try again in a minute; https://status.supabase.com tells of outages."
POLICIES = "`select policyname from pg_policies where schemaname = 'realtime' and tablename = 'messages'`"
HEARS, SPEAKS, PUBLIC = "hears", "speaks", "public"  # more than a page or a stranger may do
NO_ANSWER = "no answer"
UNHEARD_MEND = f"look at the project's region and its Realtime logs; {LATER}"
FEWER = "take a bigger plan, or choose fewer users; pages without a place stay on the stream."


def of_network(url: str, error: Exception) -> Said:
    """Explain why no connection came about."""
    return f"{url} cannot be reached ({type(error).__name__}).", f"set SUPABASE_URL anew. {FORM}"


def of_handshake(status: int) -> Said:
    """Explain the refusal of a WebSocket."""
    if status in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
        said = f"the WebSocket is refused ({status}): it does not know SUPABASE_PUBLISHABLE_KEY."
        return said, "copy the publishable key (sb_publishable_...) from the project's API keys."
    if status == httpx.codes.TOO_MANY_REQUESTS:
        return "the WebSocket is refused (429): the plan has no more clients or joins.", FEWER
    if status == PAUSED:
        return "the WebSocket is refused (540).", RESTORE
    if status >= httpx.codes.INTERNAL_SERVER_ERROR:
        return f"the WebSocket is answered {status}: Realtime is down.", LATER
    return f"the WebSocket is answered {status}: that is not Supabase Realtime.", f"set SUPABASE_URL anew. {FORM}"


def of_post(answer: httpx.Response, key: SigningKey, percent: int) -> Said | None:
    """Explain the answer to a broadcast; None if it was taken. `percent` of the users are chosen."""
    status = answer.status_code
    reaction = reaction_to(status, answer.text)
    if reaction is None:
        return None
    if status == httpx.codes.UNAUTHORIZED:
        return _untrusted("a broadcast is refused (401)", key)
    if status == httpx.codes.TOO_MANY_REQUESTS:
        return _limited(answer.headers, percent)
    if status == httpx.codes.NOT_FOUND:
        said = "the address for broadcasts is not there (404): Realtime is older than 2.97."
        return said, "update the self-hosted image of supabase/realtime, and compare SUPABASE_URL."
    if reaction.mend:
        why = ": no INSERT policy lets us speak." if reaction.mend == RUN_SQL else "."
        return f"a broadcast is refused ({reaction}){why}", reaction.mend
    return f"a broadcast is answered {status}: Realtime is being started, or down.", LATER


def of_join(reason: str, key: SigningKey) -> Said:
    """Explain the refusal of a join, `Code: text`."""
    code = reason.partition(":")[0]
    refused = f"a page's join is refused ({code})"
    if code == "Unauthorized":
        return f"{refused}: no SELECT policy lets a page hear its own topic.", RUN_SQL
    if code in ("JwtSignerError", "JwtSignatureError", "MalformedJWT"):
        return _untrusted(refused, key)
    if code == "InvalidJWTToken":
        return f"{refused}: our token counts as expired.", "sudo timedatectl set-ntp true"
    if code == "ConnectionRateLimitReached":
        return f"{refused}: the plan has no more clients.", FEWER
    if code == "ClientJoinRateLimitReached":
        return f"{refused}: more joins a second than the plan has.", FEWER
    if code == "RealtimeDisabledForTenant":
        return f"{refused}.", "turn Realtime on in the project's settings."
    return f"{refused}.", LATER


def of_strangers(may: Collection[str]) -> list[Said]:
    """Explain what is allowed and must not be: HEARS, SPEAKS, PUBLIC."""
    said = []
    wide = {HEARS: "may hear the topics of others", SPEAKS: "may post to its own topic"}
    if found := [what for name, what in wide.items() if name in may]:
        mend = f"{POLICIES} lists all, in the SQL editor: drop every one but finito_listen and finito_publish."
        said.append((f"critical: a policy of realtime.messages is too wide: a page {' and '.join(found)}.", mend))
    if PUBLIC in may:
        who = "anybody who has the publishable key may join public topics, and use up the plan."
        said.append((who, "in the project's Realtime settings turn off public access: private channels only."))
    return said


def _untrusted(refused: str, key: SigningKey) -> Said:
    if not key.kid:
        said = f"{refused}: our token is not trusted, signed by {key.algorithm} without a kid."
        return said, "set SUPABASE_SIGNING_KEY to a JSON web key with its kid, or to the project's legacy JWT secret."
    mend = "import SUPABASE_SIGNING_KEY as a signing key of the project (JWT keys)"
    return (
        f"{refused}: the project does not trust the key with the kid {key.kid}.",
        f"{mend}; self-hosted: put its public part into API_JWT_JWKS of Realtime.",
    )


def _limited(headers: Mapping[str, str], percent: int) -> Said:
    told = ", ".join(f"{name} {headers[name]}" for name in RATES if name in headers) or "without its headers"
    said = f"the plan's messages a second are used up (429; {told})."
    try:
        fits = percent_that_fits(percent, float(headers["x-rate-limit"]), float(headers["x-rate-rolling"]))
    except (KeyError, ValueError, OverflowError):
        fits = 0
    lower = f"`{manage('transport', 'on', '--percent', str(fits))}`, or " if fits else ""
    return said, f"{lower}{FEWER}"


def percent_that_fits(percent: int, limit: float, rolling: float) -> int:
    """Return the percent at which the plan's `limit` a second carries what now are `rolling` requests a second.

    With room for bursts. Zero if that cannot be told: nobody is chosen, or nothing was counted.
    """
    if rolling <= 0 or limit <= 0:
        return 0
    return max(0, min(percent - 1, int(percent * limit / (rolling * COUNTS_TWICE * ROOM))))
