"""The faults that the doctor has to find: how each is planted, what it says, and what mends it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
from cryptography.fernet import Fernet
from django.db.models.functions import Now

from gmail_sync.models import GmailAccount, WorkerHeartbeat
from tests.gmail_sync.doctor.scene import PUBLISHER, SUBSCRIPTION, Scene
from tests.support.environment import NOBODY, PUSH_SERVICE_ACCOUNT
from tests.support.google.service_account import ADDRESS


def sets(name: str, value: Any) -> Callable[[Scene], None]:
    return lambda scene: setattr(scene.settings, name, value)


PUSH_BACK = "gcloud pubsub subscriptions modify-push-config projects/test/subscriptions/doctor --push-endpoint="
CREATE = "gcloud pubsub subscriptions create projects/test/subscriptions/doctor --topic=projects/test/topics/gmail"
GRANT = (
    "gcloud pubsub topics add-iam-policy-binding projects/test/topics/gmail "
    "--member=serviceAccount:gmail-api-push@system.gserviceaccount.com --role=roles/pubsub.publisher"
)
RENEW = "manage.py renew_watches --account"
UPDATE = "gcloud pubsub subscriptions update projects/test/subscriptions/doctor"
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Fault:
    """`plant` brings it about, the one finding is of `check`, has the words `said` and names `mend`."""

    name: str
    plant: Callable[[Scene], object]
    check: str
    said: str
    mend: str


# fmt: off
_FAULTS = [
    Fault("no role", lambda s: s.policy(), "publisher role", "not allowed to publish", GRANT),
    Fault("role of others", lambda s: s.policy({**PUBLISHER, "members": ["user:ann@x.example"]}),
          "publisher role", "not allowed to publish", GRANT),
    Fault("unknown topic", sets("GMAIL_PUBSUB_TOPIC", "projects/test/topics/none"),
          "topic", "does not exist", "gcloud pubsub topics create projects/test/topics/none"),
    Fault("wrong topic", Scene.other_topic,
          "subscription", "belongs to the topic", "gcloud pubsub subscriptions create"),
    Fault("missing subscription", lambda s: httpx.delete(f"{s.root}/v1/{SUBSCRIPTION}"),
          "subscription", "does not exist", CREATE),
    Fault("wrong audience", lambda s: s.push_to(audience="https://other.example/"),
          "subscription", "for the audience https://other.example/", "--push-auth-token-audience=http://127.0.0.1"),
    Fault("wrong service account", lambda s: s.push_to(account="other@test.iam.gserviceaccount.com"),
          "subscription", "signs as other@", f"--push-auth-service-account={PUSH_SERVICE_ACCOUNT}"),
    Fault("not signed", lambda s: s.patch(pushConfig={"pushEndpoint": f"{s.web}/gmail/push/"}),
          "subscription", "does not sign", PUSH_BACK),
    Fault("pushes nowhere", lambda s: s.patch(pushConfig={}), "subscription", "pushes nowhere", PUSH_BACK),
    Fault("expiry", lambda s: s.patch(expirationPolicy={"ttl": "2678400s"}),
          "subscription", "deleted by Google after 2678400s", f"{UPDATE} --expiration-period=never"),
    Fault("long ack deadline", lambda s: s.patch(ackDeadlineSeconds=600),
          "subscription", "waits 600 s", f"{UPDATE} --ack-deadline=10"),
    Fault("endpoint 404", lambda s: s.push_to(f"{s.web}/elsewhere/gmail/push/"), "webhook", "answers 404", PUSH_BACK),
    Fault("endpoint redirects", lambda s: s.push_to(f"http://{s.stranger}/gmail/push/"),
          "webhook", "redirects to https://finito.example/", f"{PUSH_BACK}https://finito.example/gmail/push/"),
    Fault("endpoint gone", lambda s: s.push_to(f"{NOBODY}/gmail/push/"),
          "webhook", "cannot be reached", "start the web"),
    Fault("endpoint without TLS", lambda s: s.push_to(f"https://{s.stranger}/gmail/push/"),
          "webhook", "no valid TLS certificate", "openssl s_client"),
    Fault("certs unreachable", sets("PUBSUB_CERTS_URL", f"{NOBODY}/certs"),
          "certs", "cannot be reached", f"curl -v {NOBODY}/certs"),
    Fault("certs are none", lambda s: s.gmail.fault("certs", body="<html>", status=200),
          "certs", "not a JWKS document", "curl -v"),
    Fault("REST-only Redis by its address", sets("REDIS_URL", "https://good-fish-1.upstash.io"),
          "redis", "must begin with redis://", "REST-only"),
    Fault("REST-only Redis by its answer", lambda s: sets("REDIS_URL", f"redis://{s.stranger}")(s),
          "redis", "REST-only", "set REDIS_URL to a Redis or Valkey that has Pub/Sub"),
    Fault("Redis without Pub/Sub commands", lambda s: s.redis_user("&*", "-@pubsub"),
          "redis", "NOPERM", "ACL SETUSER app '&finito*' +subscribe"),
    Fault("Redis without channels", lambda s: s.redis_user("resetchannels"),
          "redis", "NOPERM", "ACL SETUSER app '&finito*' +subscribe"),
    Fault("Redis password", lambda s: s.redis_user("&*", password="wrong"),
          "redis", "refuses the user or password", "redis://USER:PASSWORD@HOST"),
    Fault("Redis down", sets("REDIS_URL", "redis://127.0.0.1:9"), "redis", "no connection", "nc -vz 127.0.0.1 9"),
    Fault("OAuth client unknown", sets("GOOGLE_CLIENT_SECRET", "another"),
          "oauth client", "invalid_client", "https://console.cloud.google.com/auth/clients"),
    Fault("skewed clock", Scene.skewed_clock,
          "clock", "s behind Google's time", "timedatectl set-ntp true"),
    Fault("expired consent", lambda s: s.gmail.account("revoke"), "mailbox", "invalid_grant", "reconnect it"),
    Fault("consent lost before",
          lambda s: GmailAccount.objects.update(state="reauth_required", last_error="invalid_grant"),
          "mailbox", "invalid_grant", "reconnect it"),
    Fault("session control",
          lambda s: s.token_endpoint_says({"error": "invalid_grant", "error_subtype": "invalid_rapt"}),
          "mailbox", "session control", "Security > Access and data control > Google Cloud session control"),
    Fault("administrator's policy", lambda s: s.token_endpoint_says({"error": "admin_policy_enforced"}),
          "mailbox", "admin_policy_enforced", "https://admin.google.com/ac/owl/list?tab=configuredApps"),
    Fault("internal client", lambda s: s.token_endpoint_says({"error": "org_internal"}),
          "mailbox", "org_internal", "audience External on https://console.cloud.google.com/auth/audience"),
    Fault("restricted client", lambda s: s.token_endpoint_says({"error": "restricted_client"}),
          "mailbox", "restricted_client", "https://admin.google.com/ac/owl/list?tab=configuredApps"),
    Fault("domain policy", lambda s: s.refuse("getProfile", 403, "domainPolicy"),
          "mailbox", "domainPolicy", "https://admin.google.com/ac/owl/list?tab=configuredApps"),
    Fault("401 with fresh tokens", lambda s: s.refuse("getProfile", 401, "authError"),
          "mailbox", "does not accept the access (401)", "try again in some minutes"),
    Fault("page in the token endpoint's place", Scene.page_for_tokens,
          "oauth client", "no OAuth error", "curl -v -X POST"),
    Fault("scope missing", lambda s: s.refuse("getProfile", 403, "insufficientPermissions"),
          "mailbox", "insufficient scope", "leave the box for reading mail ticked"),
    Fault("Gmail API disabled", lambda s: s.refuse("getProfile", 403, "accessNotConfigured"),
          "mailbox", "not enabled", "gcloud services enable gmail.googleapis.com --project=test"),
    Fault("other keys", sets("TOKEN_ENCRYPTION_KEYS", [Fernet.generate_key().decode()]),
          "mailbox", "TOKEN_ENCRYPTION_KEYS", "put the key that sealed them back"),
    Fault("expired watch", lambda s: s.watch(expires_at=Now() - HOUR), "watch", "it expired", RENEW),
    Fault("no watch", lambda s: s.watch(expires_at=None, state="none"), "watch", "there is none", RENEW),
    Fault("watch on another topic", lambda s: s.watch(topic="projects/test/topics/old"), "watch", "topics/old", RENEW),
    Fault("silent watch", lambda s: s.watch(state="silent"), "watch", "silent", RENEW),
    Fault("refused watch",
          lambda s: s.watch(state="failed", last_error="403 Error sending test message: User not authorized"),
          "watch", "User not authorized", GRANT),
    Fault("dead worker", lambda s: WorkerHeartbeat.objects.update(beaten_at=Now() - HOUR),
          "worker", "heartbeat", "manage.py sync_worker"),
    Fault("no key", sets("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere/key.json"),
          "service account", "cannot be read", "gcloud iam service-accounts keys create"),
    Fault("key refused", Scene.foreign_key, "service account", "Invalid JWT Signature", "keys create"),
    Fault("Pub/Sub API disabled", lambda s: s.refuse("pubsub", 403, "accessNotConfigured"),
          "topic", "not enabled", "gcloud services enable pubsub.googleapis.com --project=test"),
    Fault("service account without any right", lambda s: s.refuse("pubsub", 403, "forbidden"),
          "topic", "may not look", f"--member=serviceAccount:{ADDRESS} --role=roles/pubsub.admin"),
    Fault("service account without rights", lambda s: s.refuse("topics.getIamPolicy", 403, "forbidden"),
          "publisher role", "may not look", f"--member=serviceAccount:{ADDRESS} --role=roles/pubsub.admin"),
]
# fmt: on
FAULTS = {fault.name: fault for fault in _FAULTS}
