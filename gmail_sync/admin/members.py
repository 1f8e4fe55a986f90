"""The members of a mailbox, with their proofs; an operator can remove one."""

from typing import Any

import structlog
from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html

from gmail_sync.admin import formats
from gmail_sync.consent import membership
from gmail_sync.models import GmailAccount
from gmail_sync.models.people import MemberProof

logger = structlog.get_logger(__name__)

UNKNOWN = "not known: they came before it was kept"


class MemberInline(admin.TabularInline):  # type: ignore[type-arg]  # generic for mypy only
    """The read-only table of members: they come by a consent, and leave or are removed (RULES R1)."""

    model = GmailAccount.users.through
    verbose_name_plural = "members"
    extra = 0
    can_delete = False
    fields = ("member", "proven", "consent", "scopes", "removal")
    readonly_fields = fields

    class Media:
        css = {"all": ["operators/operators.css"]}

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return True  # whoever sees the mailbox's page

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        self.may_remove = request.user.has_perm("gmail_sync.change_gmailaccount")
        proofs = MemberProof.objects.filter(account=obj) if obj is not None else []
        self.proofs = {proof.user_id: proof for proof in proofs}
        return super().get_formset(request, obj, **kwargs)

    @admin.display
    def member(self, row: Any) -> str:
        """Return the name."""
        return str(row.user)

    @admin.display(description="last proof that it is theirs")
    def proven(self, row: Any) -> str:
        """Return when they last consented themselves."""
        proof = self.proofs.get(row.user_id)
        return formats.moment(proof.proven_at) if proof else UNKNOWN

    @admin.display(description="by its consent")
    def consent(self, row: Any) -> str:
        """Return the number of their consent, of all that the mailbox had."""
        proof = self.proofs.get(row.user_id)
        return f"{proof.credentials_version} of {row.gmailaccount.credentials_version}" if proof else "-"

    @admin.display
    def scopes(self, row: Any) -> str:
        """Return the scopes of that consent, by the last parts of their names."""
        proof = self.proofs.get(row.user_id)
        return ", ".join(scope.rpartition("/")[2] or scope for scope in proof.scopes.split()) if proof else "-"

    @admin.display(description="")
    def removal(self, row: Any) -> str:
        """Link the page that removes them, for operators who may."""
        if not self.may_remove:
            return ""
        url = reverse("admin:gmail_sync_gmailaccount_remove", args=[row.gmailaccount_id, row.user_id])
        return format_html('<a href="{}">Remove…</a>', url)


def remove(page: "ModelAdmin[GmailAccount]", request: HttpRequest, account_id: int, user_id: int) -> HttpResponse:
    """Ask, then remove this member as if they had left, and log the operator."""
    if not page.has_change_permission(request):
        raise PermissionDenied
    account = get_object_or_404(GmailAccount, pk=account_id)
    user = get_object_or_404(User, pk=user_id, gmail_accounts=account)
    back = reverse("admin:gmail_sync_gmailaccount_change", args=[account_id])
    if request.method != "POST":
        title = "Remove the member"
        context = {
            **page.admin_site.each_context(request),
            "opts": page.opts,
            "title": title,
            "question": f"{title} {user.get_username()} of {account.email}",
            "costs": _costs(account, user),
            "mailboxes": [account],
            "back": back,
        }
        return TemplateResponse(request, "admin/confirm_action.html", context)
    if membership.leave(user.pk, account.pk):
        LogEntry.objects.log_actions(request.user.pk or 0, [account], CHANGE, f"Removed the member {user.pk}.")
        logger.info("member.removed", account=account.pk, user=user.pk, by=request.user.pk)
        page.message_user(request, f"{user.get_username()} no longer sees {account.email}.")
    return redirect(back)


def _costs(account: GmailAccount, user: User) -> list[str]:
    costs = [
        f"{user.get_username()} no longer sees the mailbox, at once; all that was stored for them to catch up on is "
        "deleted, and their open pages read their state again.",
        "They come back only by a consent of their own at Google.",
    ]
    if account.member_ids() == [user.pk]:
        costs.append(
            "Nobody else sees it: its mirror, its watch and its credentials are deleted, and Google's consent is "
            "revoked. Nothing changes in Gmail."
        )
    return costs
