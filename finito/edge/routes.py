"""Which application answers at which path."""

from collections.abc import Awaitable, Mapping

from finito.edge.asgi_types import Application, Receive, Scope, Send


class Routes:
    """Look the path up; `otherwise` answers at all others.

    Channels' URLRouter tries one pattern after the other, and makes a copy of the scope and a coroutine, which a stream
    keeps for hours. Here no path has a part that varies.
    """

    def __init__(self, applications: Mapping[str, Application], otherwise: Application) -> None:
        self.applications, self.otherwise = applications, otherwise

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        return self.applications.get(path_in(scope).lstrip("/"), self.otherwise)(scope, receive, send)


def path_in(scope: Scope) -> str:
    """Return the path below the place where the server has us."""
    path: str = scope["path"].removeprefix(scope.get("root_path", ""))
    return path
