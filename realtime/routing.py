"""The stream's address."""

from django.urls import path

from realtime.stream.consumers import EventStreamConsumer

urlpatterns = [path("events/", EventStreamConsumer.as_asgi())]
