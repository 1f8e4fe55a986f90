from django.urls import path

from gmail_sync import oauth_views, views, webhook

urlpatterns = [
    path("", views.inbox, name="inbox"),
    path("messages/", views.messages, name="messages"),
    path("accounts/", views.accounts, name="accounts"),
    path("accounts/connect/", oauth_views.connect, name="connect"),
    path("accounts/callback/", oauth_views.callback, name="callback"),
    path("login/google/", oauth_views.sign_in_with_google, name="sign_in_with_google"),
    path("accounts/<int:account_id>/disconnect/", oauth_views.disconnect, name="disconnect"),
    path("gmail/push/", webhook.gmail_push, name="gmail_push"),
]
