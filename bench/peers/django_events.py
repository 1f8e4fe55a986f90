"""django-eventstream with Redis between its processes, behind uvicorn, without its storage.

`python django_events.py PORT REDIS_PORT`. A stream's channel is the path's last part.
"""

import sys
from typing import Any

import django
import uvicorn
from django.conf import settings

settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    SECRET_KEY="-" * 50,
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "django_eventstream"],
    EVENTSTREAM_REDIS={"host": "127.0.0.1", "port": int(sys.argv[2]), "db": 0},
    EVENTSTREAM_ALLOW_ORIGIN="",
)
django.setup()

from django.core.asgi import get_asgi_application  # noqa: E402 - after the setup, as Django wants it
from django.urls import path  # noqa: E402
from django_eventstream.views import events  # noqa: E402

urlpatterns = [path("events/<user>", events, {"format-channels": ["user-{user}"]})]

if __name__ == "__main__":
    options: dict[str, Any] = {"loop": "uvloop", "http": "httptools", "backlog": 4096, "access_log": False}
    uvicorn.run(get_asgi_application(), host="127.0.0.1", port=int(sys.argv[1]), lifespan="off", **options)
