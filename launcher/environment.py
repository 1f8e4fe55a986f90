"""The environment of `bin/run`: what the user has set, completed with what one machine needs."""

import json
import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote

from cryptography.fernet import Fernet

CODE = ROOT = Path(__file__).resolve().parent.parent
VAR = ROOT / "var"

LOOPBACK = "127.0.0.1,localhost"
MANAGE = "bin/manage"  # how management commands are named to whoever started us so (gmail_sync/start_up.py)
DEMO_MAILBOXES = (
    "robin.hale@mail.example",
    "robin@fernstudio.example",
)  # their mail: letters.toml
DEMO_TOPIC = "projects/demo/topics/gmail"
DEMO_SUBSCRIPTION = "projects/demo/subscriptions/finito"


class RunEnvironment:
    """The environment of every process of a run, from os.environ and `.env` as in the settings: the former wins."""

    def __init__(self) -> None:
        self._before = dict(os.environ)
        self.values, self._documented = with_dotenv_file()
        self.port = self._port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.redis_port, self.simulator_port = free_ports(2)
        self.brings_redis = not self.has("REDIS_URL")
        self.is_demo = not self.has("GOOGLE_CLIENT_ID")
        self.plays_supabase = self.is_demo and not self.has("SUPABASE_URL") and self.values.get("SUPABASE") == "1"

    def has(self, name: str) -> bool:
        """Tell whether the user has set it; an empty value says that they have not."""
        return bool(self.values.get(name, "").strip())

    def _port(self) -> int:
        text = self.values.get("PORT", "").strip() or "8000"
        if not (text.isascii() and text.isdecimal() and len(text) < 6 and 0 < int(text) < 65536):
            sys.exit("PORT must be a number from 1 to 65535.")
        self.values["PORT"] = text
        return int(text)

    def complete(self) -> None:
        """Fill in what is missing, and keep it for bin/manage."""
        values = self.values
        values["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), values.get("PATH", os.defpath)])
        values["DJANGO_SETTINGS_MODULE"] = "finito.settings"
        values["FINITO_MANAGE"] = MANAGE
        values["FINITO_LOG"] = "lines"  # for whoever looks into var/log
        values["NO_PROXY"] = values["no_proxy"] = ",".join(filter(None, [values.get("NO_PROXY"), LOOPBACK]))
        # Temporary files lie where we can remove them, however the processes have ended.
        values["TMPDIR"] = str(VAR / "tmp")
        defaults = self._defaults()
        values.update({name: value() for name, value in defaults.items() if not self.has(name)})
        if self.is_demo:
            values.update(self._simulator())
        if self.plays_supabase:
            values.update(self._supabase())
        kept = self._documented | {name for name in values if values[name] != self._before.get(name)}
        write_private(VAR / "environment.json", {name: values[name] for name in kept if name in values})

    def _defaults(self) -> dict[str, Callable[[], str]]:
        """Return what production settings need to work over plain http on loopback."""
        return {
            "HTTPS_ONLY": lambda: "False",
            "ALLOWED_HOSTS": lambda: "localhost,127.0.0.1,[::1]",
            "SECRET_KEY": lambda: kept_secret("SECRET_KEY"),
            "TOKEN_ENCRYPTION_KEYS": lambda: kept_secret("TOKEN_ENCRYPTION_KEYS"),
            "REDIS_URL": lambda: f"redis://127.0.0.1:{self.redis_port}/0",
            "DATABASE_URL": lambda: f"sqlite:///{quote(str(VAR / 'finito.sqlite3'))}",
        }

    def _simulator(self) -> dict[str, str]:
        """Put the simulator in Google's place: all of it, since half of each would fit neither."""
        return {
            "GOOGLE_CLIENT_ID": "demo",
            "GOOGLE_CLIENT_SECRET": kept_secret("GOOGLE_CLIENT_SECRET"),
            **google_at(f"http://127.0.0.1:{self.simulator_port}"),
            "GMAIL_PUBSUB_TOPIC": DEMO_TOPIC,
            "PUBSUB_SUBSCRIPTION": DEMO_SUBSCRIPTION,
            "PUBSUB_PUSH_AUDIENCE": f"{self.address}/gmail/push/",
            "PUBSUB_PUSH_SERVICE_ACCOUNT": "push@demo.iam.gserviceaccount.com",
        }

    def _supabase(self) -> dict[str, str]:
        """Name the Supabase project that the simulator plays beside Google."""
        return {
            "SUPABASE_URL": f"http://127.0.0.1:{self.simulator_port}",
            "SUPABASE_PUBLISHABLE_KEY": "sb_publishable_demo",
            "SUPABASE_SIGNING_KEY": kept_secret("SUPABASE_SIGNING_KEY"),
        }


def google_at(root: str) -> dict[str, str]:
    """Return the variables that put the server at this address in Google's place."""
    return {
        "GOOGLE_AUTH_URL": f"{root}/o/oauth2/v2/auth",
        "GOOGLE_TOKEN_URL": f"{root}/token",
        "GOOGLE_REVOKE_URL": f"{root}/revoke",
        "GOOGLE_USERINFO_URL": f"{root}/v1/userinfo",
        "GMAIL_API_ROOT": f"{root}/",
        "PUBSUB_CERTS_URL": f"{root}/oauth2/v3/certs",
        "PUBSUB_API_ROOT": f"{root}/",
    }


def with_dotenv_file() -> tuple[dict[str, str], set[str]]:
    """Return the environment with what `.env` adds, read as the settings read it, and the names of all settings."""
    command = [sys.executable, "-m", "finito.dotenv_file", str(ROOT)]
    asked = subprocess.run(command, cwd=CODE, capture_output=True, text=True, check=False)
    if asked.returncode:
        sys.exit(asked.stderr.rstrip())
    answer = json.loads(asked.stdout)
    return answer["environment"], set(answer["documented"])


def last_environment() -> dict[str, str]:
    """Return the environment of the running, or last, bin/run; what is set now wins. Raises FileNotFoundError."""
    kept = read_private(VAR / "environment.json", "start bin/run, which writes it anew")
    path = kept.pop("PATH")
    return {**kept, **os.environ, "PATH": path, "FINITO_MANAGE": MANAGE}


def kept_secret(name: str) -> str:
    """Return a secret that is made once and stays in var/."""
    file = VAR / "secrets.json"
    mend = "put a copy of it back; or remove it for new ones, and connect the mailboxes again"
    kept = read_private(file, mend) if file.exists() else {}
    if name not in kept:
        kept[name] = Fernet.generate_key().decode() if name == "TOKEN_ENCRYPTION_KEYS" else secrets.token_urlsafe(50)
        write_private(file, kept)
    return kept[name]


def read_private(file: Path, mend: str) -> dict[str, str]:
    """Return what write_private() wrote. Raises FileNotFoundError; ends the process if it is damaged."""
    try:
        kept = json.loads(file.read_text())
    except ValueError:
        kept = None
    if not isinstance(kept, dict):
        sys.exit(f"{file} is damaged: {mend}.")
    return kept


def write_private(file: Path, values: dict[str, str]) -> None:
    """Write JSON that only we may read, whole or not at all."""
    draft = file.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as output:
        json.dump(values, output, indent=1, sort_keys=True)
        output.flush()
        os.fsync(output.fileno())  # else a power cut could leave an empty file in the place of the former one
    draft.replace(file)


def free_ports(count: int) -> list[int]:
    """Return ports that nobody listens on, all different."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for listener in sockets:
            listener.bind(("127.0.0.1", 0))
        return [listener.getsockname()[1] for listener in sockets]


def is_taken(port: int) -> str | None:
    """Return why a server could not listen there, or None."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
            listener.listen()
        except OSError as error:
            return error.strerror
    return None
