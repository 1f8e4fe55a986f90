"""The stream's address."""

from django.urls import path

from realtime.consumers import EventStreamConsumer

urlpatterns = [path("events/", EventStreamConsumer.as_asgi())]
