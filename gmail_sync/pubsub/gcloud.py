"""Google's `gcloud` commands that make and mend what we need. Names are full, so that they need no `--project`.

Specification: https://cloud.google.com/sdk/gcloud/reference/pubsub
"""

import shlex

from gmail_sync.pubsub.setup import ACK_SECONDS, GMAIL_PUBLISHER, PUBLISHER_ROLE


def create_topic(topic: str) -> str:
    """Make a topic, named in full: `projects/P/topics/T`."""
    return shlex.join(["gcloud", "pubsub", "topics", "create", topic])


def grant_publisher(topic: str) -> str:
    """Let Gmail publish to the topic."""
    words = ["gcloud", "pubsub", "topics", "add-iam-policy-binding", topic]
    return shlex.join([*words, f"--member={GMAIL_PUBLISHER}", f"--role={PUBLISHER_ROLE}"])


def create_service_account(address: str) -> list[str]:
    """Make a service account; no command if the address is not that of one which a user can make."""
    name, _, domain = address.partition("@")
    project = domain.removesuffix(".iam.gserviceaccount.com")
    if not project or project == domain:
        return []
    return [shlex.join(["gcloud", "iam", "service-accounts", "create", name, f"--project={project}"])]


def create_subscription(subscription: str, topic: str, push: list[str]) -> str:
    """Make a subscription that never expires; without the flags of a push it is for pull mode."""
    words = ["gcloud", "pubsub", "subscriptions", "create", subscription, f"--topic={topic}", *push]
    return shlex.join([*words, "--expiration-period=never", f"--ack-deadline={ACK_SECONDS}"])


def delete_subscription(subscription: str) -> str:
    """Delete a subscription, and the messages that wait in it."""
    return shlex.join(["gcloud", "pubsub", "subscriptions", "delete", subscription])


def push_flags(endpoint: str, service_account: str, audience: str) -> list[str]:
    """Return the flags of a push: its address, who signs it, and for which audience."""
    return [
        f"--push-endpoint={endpoint}",
        f"--push-auth-service-account={service_account}",
        f"--push-auth-token-audience={audience}",
    ]


def modify_push(subscription: str, push: list[str]) -> str:
    """Change a subscription's push to these flags."""
    return shlex.join(["gcloud", "pubsub", "subscriptions", "modify-push-config", subscription, *push])


def update_subscription(subscription: str, *flags: str) -> str:
    """Change the fields of a subscription that these flags name."""
    return shlex.join(["gcloud", "pubsub", "subscriptions", "update", subscription, *flags])


def enable_api(api: str, project: str) -> str:
    """Enable an API (`gmail` or `pubsub`) in a project, given by its id or number."""
    return shlex.join(["gcloud", "services", "enable", f"{api}.googleapis.com", f"--project={project or 'PROJECT'}"])


def grant_on_project(project: str, member: str, role: str) -> str:
    """Grant a role on a project; `member` has its kind in front: `serviceAccount:ADDRESS`."""
    return shlex.join(["gcloud", "projects", "add-iam-policy-binding", project, f"--member={member}", f"--role={role}"])


def project_of(name: str) -> str:
    """Return the project of a topic or subscription; empty if the name is malformed."""
    parts = name.split("/")
    return parts[1] if len(parts) == 4 and parts[0] == "projects" else ""
