"""The settings, read from the environment once and typed (docs/settings.md has the table)."""

import os
from datetime import timedelta

from django.core.management.utils import get_random_secret_key

from finito import environment, logs
from finito.environment import BASE_DIR, env, mail_server, names, number
from finito.hosts import hosts, origins, proxies
from realtime.transport import redis_address, redis_connection

VAR_DIR = BASE_DIR / "var"

# System checks report malformed values; then nothing starts.
UNREADABLE_SETTINGS = environment.UNREADABLE
REFUSED_SETTINGS = environment.REFUSED
ENV_FILE_FAULTS = environment.FILE_FAULTS

DEBUG = env.bool("DEBUG", False)

# Required unless DEBUG. Without them a random value stands in, so that nothing works by accident, and the
# system checks name what is missing.
MISSING_SETTINGS = [
    name for name in ("SECRET_KEY", "TOKEN_ENCRYPTION_KEYS") if not env.str(name, "").strip() and not DEBUG
]
SECRET_KEY = env.str("SECRET_KEY", "") or ("debug-only" * 5 if DEBUG else get_random_secret_key())
TOKEN_ENCRYPTION_KEYS = names("TOKEN_ENCRYPTION_KEYS")
DEFAULT_EXCEPTION_REPORTER = "finito.error_page.ConcealingReporter"

ALLOWED_HOSTS, CSRF_TRUSTED_ORIGINS = hosts("ALLOWED_HOSTS"), origins("CSRF_TRUSTED_ORIGINS")

INSTALLED_APPS = [
    "finito",  # before staticfiles: its `runserver` is daphne's
    "operators.admin_config.GuardedAdminConfig",  # django.contrib.admin, its lists guarded
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "axes",
    "channels",
    "realtime",
    "gmail_sync",
    "operators",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "finito.edge.browser_policy.browser_policy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "finito.urls"
ASGI_APPLICATION = "finito.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "realtime.routing.stream_address",
            ],
        },
    },
]

# Database. Every wait is bounded (RULES R13); no connection outlives its thread's work (CONN_MAX_AGE = 0),
# so that the sizes of the executors bound the connections.
DATABASES = {"default": env.db("DATABASE_URL")}
_database = DATABASES["default"]
_database["CONN_MAX_AGE"] = 0
_database["ATOMIC_REQUESTS"] = False
if _database["ENGINE"].endswith("sqlite3"):
    # IMMEDIATE: a transaction that reads before it writes would otherwise fail with "database is locked".
    # FULL: a commit that was answered survives a power cut, else sequence numbers could come again.
    _database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    }
elif _database["ENGINE"] == "finito.postgresql":
    _database["CONN_HEALTH_CHECKS"] = False  # the backend asks more than Django's check does, in the same round trip
    _database["DISABLE_SERVER_SIDE_CURSORS"] = True  # a pooler in transaction mode would lose them
    _database["OPTIONS"] = {
        "connect_timeout": 5,
        "tcp_user_timeout": 10_000,
        **_database.get("OPTIONS", {}),
        "pool": {"min_size": 1, "max_size": 24, "timeout": 5},
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Redis. A system check reports a malformed address (finito.E004); nothing listens on its stand-in.
REDIS_URL, REDIS_TLS_VERIFY = env.str("REDIS_URL", ""), env.bool("REDIS_TLS_VERIFY", True)
try:
    _redis = redis_address.read(REDIS_URL or "redis://127.0.0.1:6379", REDIS_TLS_VERIFY)
except redis_address.AddressUnusable:
    _redis = redis_address.read("redis://127.0.0.1:9")
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [redis_connection.options(_redis)], "prefix": "finito"},
    },
}

# Supabase, the second transport; nobody needs it. A system check reports what cannot be used (finito.E050).
SUPABASE_URL, SUPABASE_PAYLOAD = env.str("SUPABASE_URL", ""), env.str("SUPABASE_PAYLOAD", "sealed")
SUPABASE_PUBLISHABLE_KEY, SUPABASE_SIGNING_KEY = env.str("SUPABASE_PUBLISHABLE_KEY"), env.str("SUPABASE_SIGNING_KEY")

# Google. Every address can be replaced, so that a stand-in can play Google.
GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET = env.str("GOOGLE_CLIENT_ID", ""), env.str("GOOGLE_CLIENT_SECRET", "")
GOOGLE_AUTH_URL = env.str("GOOGLE_AUTH_URL", "https://accounts.google.com/o/oauth2/v2/auth")
GOOGLE_TOKEN_URL = env.str("GOOGLE_TOKEN_URL", "https://oauth2.googleapis.com/token")
GOOGLE_REVOKE_URL = env.str("GOOGLE_REVOKE_URL", "https://oauth2.googleapis.com/revoke")
GOOGLE_USERINFO_URL = env.str("GOOGLE_USERINFO_URL", "https://openidconnect.googleapis.com/v1/userinfo")
SIGN_IN_ALLOWED = names("SIGN_IN_ALLOWED")
GMAIL_API_ROOT = env.str("GMAIL_API_ROOT", "https://gmail.googleapis.com/")
GMAIL_PUBSUB_TOPIC = env.str("GMAIL_PUBSUB_TOPIC", "")
PUBSUB_PUSH_AUDIENCE = env.str("PUBSUB_PUSH_AUDIENCE", "")
PUBSUB_PUSH_SERVICE_ACCOUNT = env.str("PUBSUB_PUSH_SERVICE_ACCOUNT", "")
PUBSUB_CERTS_URL = env.str("PUBSUB_CERTS_URL", "https://www.googleapis.com/oauth2/v3/certs")
PUBSUB_PUSH_TOKEN = env.str("PUBSUB_PUSH_TOKEN", "")
PUBSUB_SUBSCRIPTION = env.str("PUBSUB_SUBSCRIPTION", "")
GOOGLE_APPLICATION_CREDENTIALS = env.str("GOOGLE_APPLICATION_CREDENTIALS", "")
PUBSUB_API_ROOT = env.str("PUBSUB_API_ROOT", "https://pubsub.googleapis.com/")

# Sync and stream; units are in the names. Beyond these bounds nothing works: the kernel counts milliseconds in 31 bits,
# and no database has a time of so many days ago.
SYNC_POLL_SECONDS = number("SYNC_POLL_SECONDS", 600, least=0.1)
SYNC_POLL_SILENT_SECONDS = number("SYNC_POLL_SILENT_SECONDS", 60, least=0.1)
MIRROR_LIMIT = int(number("MIRROR_LIMIT", 500))
EVENT_RETENTION_DAYS = number("EVENT_RETENTION_DAYS", 7, most=36_500)
STREAM_HEARTBEAT_SECONDS = number("STREAM_HEARTBEAT_SECONDS", 20, least=0.1)
STREAM_MAX_AGE_SECONDS = number("STREAM_MAX_AGE_SECONDS", 1800, least=0.1)
STREAM_MAX_PER_USER = int(number("STREAM_MAX_PER_USER", 12, least=1))
STREAM_DRAIN_SECONDS = number("STREAM_DRAIN_SECONDS", 8)
STREAM_WRITE_TIMEOUT_SECONDS = number("STREAM_WRITE_TIMEOUT_SECONDS", 10, least=0.1, most=1_000_000)

# The web's edge, and the mail that it sends: links to choose a new password.
EMAIL_URL, DEFAULT_FROM_EMAIL, EMAIL_TIMEOUT = env.str("EMAIL_URL", ""), env.str("DEFAULT_FROM_EMAIL", ""), 10
vars().update(mail_server(EMAIL_URL))
TRUSTED_PROXIES = proxies("TRUSTED_PROXIES")
METRICS_TOKEN = env.str("METRICS_TOKEN", "")
# Earlier releases asked for it. Where it is still set, the library would count in files, and not from 0 at each start.
os.environ.pop("PROMETHEUS_MULTIPROC_DIR", None)
HTTPS_ONLY = env.bool("HTTPS_ONLY", not DEBUG)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS_ONLY
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS_ONLY else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS_ONLY
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$", r"^metrics$", r"^gmail/push/$"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_048_576  # the push envelope's bound; finito.asgi cuts larger bodies off first

LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/login/"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{kind}Validator"}
    for kind in ("UserAttributeSimilarity", "MinimumLength", "CommonPassword")
]
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
# Ten wrong passwords for one name from one address shut that address out of that name for 15 minutes: nobody can
# shut out another. A row goes with the next failed login after that time; successful logins leave none.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_CLIENT_IP_CALLABLE = "finito.edge.login_throttle.client_network"
AXES_USERNAME_CALLABLE = "finito.edge.login_throttle.login_name"
AXES_FAILURE_LIMIT, AXES_COOLOFF_TIME, AXES_LOCKOUT_TEMPLATE = 10, timedelta(minutes=15), "429.html"
AXES_RESET_ON_SUCCESS = AXES_DISABLE_ACCESS_LOG = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = AXES_ENABLE_ADMIN = AXES_VERBOSE = False

# One line for each outcome, ours and the libraries': ids, never content.
LOGGING = logs.settings(DEBUG, short_lines=os.environ.get("FINITO_LOG") == "lines")
LOGGING_CONFIG = "finito.logs.configure"

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True

# finito/edge/static_files.py reads them where the apps keep them, so `migrate` alone is enough to start.
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STORAGES = {"staticfiles": {"BACKEND": "finito.static_storage.VersionedStorage"}}
