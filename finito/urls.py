"""Django's addresses; `/events/` is the stream's (realtime/routing.py)."""

from django.contrib import admin
from django.contrib.auth.views import LogoutView
from django.urls import include, path

from finito import health, metrics_page
from finito.dashboard import dashboard
from finito.sign_in import SignIn

urlpatterns = [
    path("", include("gmail_sync.urls")),
    path("login/", SignIn.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("admin/realtime/", admin.site.admin_view(dashboard), name="dashboard"),
    path("admin/", admin.site.urls),
    path("livez", health.livez),
    path("readyz", health.readyz),
    path("metrics", metrics_page.metrics),
]
