"""The address of all models, whatever file they are in."""

from gmail_sync.models.accounts import GmailAccount, GmailWatch, WorkerHeartbeat
from gmail_sync.models.actions import LabelAction, MailboxLabels
from gmail_sync.models.messages import Message, SkippedMessage
from gmail_sync.models.people import GoogleIdentity, MemberProof, UnknownAddress
from gmail_sync.models.pictures import PictureSender

__all__ = [
    "GmailAccount",
    "GmailWatch",
    "GoogleIdentity",
    "LabelAction",
    "MailboxLabels",
    "MemberProof",
    "Message",
    "PictureSender",
    "SkippedMessage",
    "UnknownAddress",
    "WorkerHeartbeat",
]
