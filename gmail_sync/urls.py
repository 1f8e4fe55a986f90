from django.urls import path

from gmail_sync import views
from gmail_sync.acting import views as acting_views
from gmail_sync.consent import views as consent_views
from gmail_sync.push import webhook

urlpatterns = [
    path("", views.inbox, name="inbox"),
    path("messages/", views.messages, name="messages"),
    path("actions/", acting_views.actions, name="actions"),
    path("actions/<uuid:op>/undo/", acting_views.undo, name="undo"),
    path("labels/<int:account_id>/", acting_views.labels, name="labels"),
    path("accounts/", views.accounts, name="accounts"),
    path("accounts/connect/", consent_views.connect, name="connect"),
    path("accounts/callback/", consent_views.callback, name="callback"),
    path("login/google/", consent_views.sign_in_with_google, name="sign_in_with_google"),
    path("accounts/<int:account_id>/disconnect/", consent_views.disconnect, name="disconnect"),
    path("accounts/<int:account_id>/allow/", consent_views.allow, name="allow"),
    path("gmail/push/", webhook.gmail_push, name="gmail_push"),
]
