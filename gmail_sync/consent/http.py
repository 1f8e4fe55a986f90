"""The transport of requests-oauthlib: bounded as all calls to Google, and without redirects: they would leak a code."""

from typing import Any

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from gmail_sync.gmail.refusals import NO_ANSWER
from gmail_sync.gmail.token_answers import refusal, tokens
from gmail_sync.google.answers import Answer
from gmail_sync.google.http import Http


class _Adapter(BaseAdapter):
    """An adapter that opens a connection for each request and repeats none: a code may be redeemed once."""

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        left_out = ("accept-encoding", "connection")  # these are between httplib2 and the server
        headers = {name: value for name, value in request.headers.items() if name.lower() not in left_out}
        try:
            answer, body = Http().request(str(request.url), str(request.method), request.body, headers)
        except NO_ANSWER as error:
            raise requests.ConnectionError(type(error).__name__, request=request) from error
        response = requests.Response()
        response.status_code, response.headers = answer.status, CaseInsensitiveDict(answer)
        response._content, response.url, response.request = body, str(request.url), request
        return response

    def close(self) -> None:
        pass


def prepare(session: Any) -> None:
    """Make an OAuth2Session use this transport, and believe only its token endpoint's own answers.

    The session then raises GmailUnavailable for an answer that is neither a usable token nor an OAuth error.
    """
    session.mount("https://", _Adapter())
    session.mount("http://", _Adapter())
    session.max_redirects = 0
    session.register_compliance_hook("access_token_response", _require_its_own)


def _require_its_own(response: requests.Response) -> requests.Response:
    answer = Answer(response.status_code, response.headers.get("content-type", ""), response.content)
    if answer.status == 200:
        tokens(answer)
    elif not isinstance(answer.document().get("error"), str):
        raise refusal(answer)
    return response
