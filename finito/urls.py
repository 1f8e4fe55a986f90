"""Django's addresses; `/events/` is the stream's (realtime/routing.py)."""

from django.contrib import admin
from django.contrib.auth.views import LogoutView
from django.urls import include, path

from finito import passwords
from finito.sign_in import SignIn
from operators import health, metrics_page
from operators.dashboard import dashboard

handler404 = "finito.unavailable.nothing_here"
handler500 = "finito.unavailable.page_failed"
urlpatterns = [
    path("", include("gmail_sync.urls")),
    path("login/", SignIn.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("password/", passwords.ChangePassword.as_view(), name="password_change"),
    path("password/reset/", passwords.ResetPassword.as_view(), name="password_reset"),
    path("password/reset/sent/", passwords.ResetSent.as_view(), name="password_reset_sent"),
    path("password/link/", passwords.password_link, name="password_link"),
    path("password/set/<uidb64>/<token>/", passwords.SetPassword.as_view(), name="password_set"),
    path("admin/realtime/", admin.site.admin_view(dashboard), name="dashboard"),
    path("admin/", admin.site.urls),
    path("livez", health.livez),
    path("readyz", health.readyz),
    path("metrics", metrics_page.metrics),
]
