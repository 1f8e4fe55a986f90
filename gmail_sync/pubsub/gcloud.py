"""The commands of Google's `gcloud` that make and mend what we need; names are given in full, so no project is.

Specification: https://cloud.google.com/sdk/gcloud/reference/pubsub
"""

import shlex

from gmail_sync.pubsub.setup import ACK_SECONDS, GMAIL_PUBLISHER, PUBLISHER_ROLE


def create_topic(topic: str) -> str:
    """`projects/P/topics/T`."""
    return shlex.join(["gcloud", "pubsub", "topics", "create", topic])


def grant_publisher(topic: str) -> str:
    """Let Gmail publish to the topic."""
    words = ["gcloud", "pubsub", "topics", "add-iam-policy-binding", topic]
    return shlex.join([*words, f"--member={GMAIL_PUBLISHER}", f"--role={PUBLISHER_ROLE}"])


def create_service_account(address: str) -> list[str]:
    """Nothing where the address is not that of a service account that a user can make."""
    name, _, domain = address.partition("@")
    project = domain.removesuffix(".iam.gserviceaccount.com")
    if not project or project == domain:
        return []
    return [shlex.join(["gcloud", "iam", "service-accounts", "create", name, f"--project={project}"])]


def create_subscription(subscription: str, topic: str, push: list[str]) -> str:
    """One that stays; without the flags of a push it is for pull mode."""
    words = ["gcloud", "pubsub", "subscriptions", "create", subscription, f"--topic={topic}", *push]
    return shlex.join([*words, "--expiration-period=never", f"--ack-deadline={ACK_SECONDS}"])


def delete_subscription(subscription: str) -> str:
    """Delete it with what waits in it."""
    return shlex.join(["gcloud", "pubsub", "subscriptions", "delete", subscription])


def push_flags(endpoint: str, service_account: str, audience: str) -> list[str]:
    """Where to push, and signed by whom for whom."""
    return [
        f"--push-endpoint={endpoint}",
        f"--push-auth-service-account={service_account}",
        f"--push-auth-token-audience={audience}",
    ]


def modify_push(subscription: str, push: list[str]) -> str:
    """Push as these flags say from now on."""
    return shlex.join(["gcloud", "pubsub", "subscriptions", "modify-push-config", subscription, *push])


def update_subscription(subscription: str, *flags: str) -> str:
    """Change what these flags name."""
    return shlex.join(["gcloud", "pubsub", "subscriptions", "update", subscription, *flags])


def enable_api(api: str, project: str) -> str:
    """`api` is `gmail` or `pubsub`; the project is its id or number."""
    return shlex.join(["gcloud", "services", "enable", f"{api}.googleapis.com", f"--project={project or 'PROJECT'}"])


def grant_on_project(project: str, member: str, role: str) -> str:
    """`member` with its kind, such as `serviceAccount:ADDRESS`."""
    return shlex.join(["gcloud", "projects", "add-iam-policy-binding", project, f"--member={member}", f"--role={role}"])


def project_of(name: str) -> str:
    """The project of a topic or subscription; empty if that is not how it is written."""
    parts = name.split("/")
    return parts[1] if len(parts) == 4 and parts[0] == "projects" else ""
