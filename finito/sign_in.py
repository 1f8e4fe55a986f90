"""The login page, for those who are not signed in."""

from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.views import LoginView
from django.urls import Resolver404, resolve

from gmail_sync.consent import sign_in

# Of a signed-in user: the first leads back here, and the others take forms alone. A stranger whose session had ended
# comes here from one of them.
NOWHERE_TO_GO = {"login", "logout", "sign_in_with_google", "connect", "disconnect", "allow"}
NOWHERE_TO_GO |= {"readers", "undo", "pictures", "presence", "presence_shown", "gmail_push"}


class SignIn(LoginView):
    """Django's login with Google's button; Django's own answers 500 to a signed-in user whom `next` leads back here."""

    redirect_authenticated_user = True

    def get_redirect_url(self) -> str:  # type: ignore[override]  # the stubs know an argument that Django does not
        """Return the address in `next` if it is a page of ours; empty otherwise."""
        address = super().get_redirect_url()
        try:
            return "" if resolve(urlsplit(address).path).url_name in NOWHERE_TO_GO else address
        except Resolver404:
            return address

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add Google's button where it is configured."""
        return super().get_context_data(**kwargs) | {"google_offered": sign_in.is_offered()}
