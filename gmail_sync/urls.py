from django.urls import path

from gmail_sync import presence_views, views
from gmail_sync.acting import views as acting_views
from gmail_sync.consent import views as consent_views
from gmail_sync.push import webhook
from gmail_sync.reading import conversation, forgetting  # noqa: F401  (it hears of logouts)
from gmail_sync.reading import views as reading_views
from gmail_sync.searching import label_counts
from gmail_sync.searching import views as searching_views

urlpatterns = [
    path("", views.inbox, name="inbox"),
    path("messages/", views.messages, name="messages"),
    path("search/", searching_views.search, name="search"),
    path("actions/", acting_views.actions, name="actions"),
    path("actions/<uuid:op>/undo/", acting_views.undo, name="undo"),
    path("labels/<int:account_id>/", acting_views.labels, name="labels"),
    path("labels/<int:account_id>/unread/", label_counts.unread, name="labels_unread"),
    path("conversations/<int:account_id>/<slug:thread_id>/", conversation.conversation, name="conversation"),
    path("conversations/<int:account_id>/<slug:thread_id>/pictures/", conversation.remember_sender, name="pictures"),
    path("messages/<int:account_id>/<slug:gmail_id>/body/", reading_views.body, name="message_body"),
    path("messages/<int:account_id>/<slug:gmail_id>/parts/", reading_views.parts, name="message_parts"),
    path("messages/<int:account_id>/<slug:gmail_id>/parts/<str:part_id>/", reading_views.part, name="message_part"),
    path("messages/<int:account_id>/<slug:gmail_id>/raw/", reading_views.raw, name="message_raw"),
    path("accounts/", views.accounts, name="accounts"),
    path("accounts/connect/", consent_views.connect, name="connect"),
    path("accounts/callback/", consent_views.callback, name="callback"),
    path("login/google/", consent_views.sign_in_with_google, name="sign_in_with_google"),
    path("accounts/<int:account_id>/disconnect/", consent_views.disconnect, name="disconnect"),
    path("accounts/<int:account_id>/allow/", consent_views.allow, name="allow"),
    path("accounts/<int:account_id>/readers/", presence_views.choose_readers, name="readers"),
    path("presence/", presence_views.beat, name="presence"),
    path("presence/shown/", presence_views.choose, name="presence_shown"),
    path("gmail/push/", webhook.gmail_push, name="gmail_push"),
]
