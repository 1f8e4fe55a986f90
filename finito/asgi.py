"""The ASGI application, and the layers that every request passes before Django or the stream."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "finito.settings")
django_application = get_asgi_application()

# These imports need loaded apps.
from channels.routing import ProtocolTypeRouter  # noqa: E402
from django.conf import settings  # noqa: E402

from finito.edge.asgi_types import Receive, Scope, Send  # noqa: E402
from finito.edge.bare_view import BareView  # noqa: E402
from finito.edge.body_limit import BodyLimit  # noqa: E402
from finito.edge.canonical import Canonical  # noqa: E402
from finito.edge.proxy_headers import ProxyHeaders  # noqa: E402
from finito.edge.request_log import RequestLog  # noqa: E402
from finito.edge.routes import Routes  # noqa: E402
from finito.edge.static_files import StaticFiles  # noqa: E402
from finito.lifespan import Lifespan, refuse_to_start_misconfigured  # noqa: E402
from gmail_sync.pages.lateness import late_of  # noqa: E402
from gmail_sync.push.webhook import gmail_push  # noqa: E402
from operators import health, metrics_page  # noqa: E402
from realtime.routing import urlpatterns as stream_patterns  # noqa: E402
from realtime.stream.lateness import provided_by  # noqa: E402

refuse_to_start_misconfigured()
provided_by(late_of)

# Without cookies and pages; machines call them, by any address of the host that they know.
BARE_VIEWS = {
    "gmail/push/": gmail_push,
    "livez": health.livez,
    "readyz": health.readyz,
    "metrics": metrics_page.metrics,
}

routes = Routes(
    {
        **{str(one.pattern): one.callback for one in stream_patterns},
        **{path: BareView(view) for path, view in BARE_VIEWS.items()},
    },
    otherwise=StaticFiles(django_application),  # type: ignore[arg-type]  # an ASGI application
)


async def refuse(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer 403 to whoever asks for a WebSocket, of which we have none; a server calls no answer our failure."""
    await receive()
    await send({"type": "websocket.close"})


application = ProtocolTypeRouter(
    {
        "lifespan": Lifespan(),
        "websocket": refuse,
        "http": ProxyHeaders(RequestLog(BodyLimit(Canonical(routes))), trusted_hosts=settings.TRUSTED_PROXIES),
    }
)
