"""The tests' environment: every variable that matters is set, so that no .env of a developer reaches a test."""

import os
import sys

TOPIC, SUBSCRIPTION = "projects/test/topics/gmail", "projects/test/subscriptions/finito"
CLIENT_ID, CLIENT_SECRET = "client.apps.example", "client-secret"
PUSH_SERVICE_ACCOUNT = "push@test.iam.gserviceaccount.com"
STRICT = os.environ.get("FINITO_TEST_STRICT") == "1"  # .ci/run: what this machine could run is not skipped
NOBODY = "http://127.0.0.1:9"  # a loopback address that refuses every connection

# The environment of every test and of every process of a stack; Google is nowhere unless a test says so.
ENVIRONMENT = {
    "SECRET_KEY": "a-secret-key-for-tests-only-that-is-long-enough-to-pass",
    "TOKEN_ENCRYPTION_KEYS": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
    "DEBUG": "False",
    "HTTPS_ONLY": "False",
    "ALLOWED_HOSTS": "testserver,localhost,127.0.0.1",
    "CSRF_TRUSTED_ORIGINS": "",
    "TRUSTED_PROXIES": "",
    "METRICS_TOKEN": "metrics-token",
    "SUPABASE_URL": "",
    "SUPABASE_PUBLISHABLE_KEY": "",
    "SUPABASE_SIGNING_KEY": "",
    "SUPABASE_PAYLOAD": "",
    "GOOGLE_CLIENT_ID": CLIENT_ID,
    "GOOGLE_CLIENT_SECRET": CLIENT_SECRET,
    "SIGN_IN_ALLOWED": "",
    "EMAIL_URL": "",
    "DEFAULT_FROM_EMAIL": "",
    "GMAIL_PUBSUB_TOPIC": TOPIC,
    "PUBSUB_SUBSCRIPTION": SUBSCRIPTION,
    "PUBSUB_PUSH_AUDIENCE": "https://finito.example/gmail/push/",
    "PUBSUB_PUSH_SERVICE_ACCOUNT": PUSH_SERVICE_ACCOUNT,
    "PUBSUB_PUSH_TOKEN": "",
    "GOOGLE_APPLICATION_CREDENTIALS": "",
    "DJANGO_SETTINGS_MODULE": "finito.settings",
}


def simulator_command(port: int, push_endpoint: str) -> list[str]:
    """Return the simulator's command line; it pushes there, signed, and again after a second at most."""
    return [
        *(sys.executable, "-m", "simulator", "--port", str(port), "--topic", TOPIC, "--subscription", SUBSCRIPTION),
        *("--push-endpoint", push_endpoint, "--push-service-account", PUSH_SERVICE_ACCOUNT, "--push-max-backoff", "1"),
        *("--client-id", CLIENT_ID, "--client-secret", CLIENT_SECRET),
    ]
