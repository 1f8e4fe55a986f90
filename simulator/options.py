"""The command line."""

from argparse import SUPPRESS, ArgumentParser
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Options:
    """The options of a run; README.md explains each."""

    host: str = "127.0.0.1"
    port: int = 9000
    seed: int = 1
    clock: float | None = None
    state: Path | None = None
    topic: str = ""
    subscription: str = ""
    push_endpoint: str = ""
    push_audience: str = ""
    push_service_account: str = ""
    push_max_backoff: float = 60.0
    pubsub_emulator: bool = False
    notification_gap: float = 1.0
    client_id: str = ""
    client_secret: str = ""
    mailbox: list[str] = field(default_factory=list)
    messages: int = 0
    usual: bool = False
    trickle: float = 0.0
    access_token_seconds: int = 3600
    page_size: int | None = None
    quota: int | None = None
    trash_keeps_inbox: bool = False
    supabase_publishable_key: str = "sb_publishable_simulator"
    supabase_secret_key: str = "sb_secret_simulator"
    supabase_signing_key: list[str] = field(default_factory=list)
    supabase_private_only: bool = False

    @property
    def project(self) -> str:
        """The OAuth client's project, where watch() wants its topic; empty: any."""
        return self.topic.split("/")[1] if self.topic else ""


def parse_options(arguments: list[str]) -> Options:
    """Read the command line; exits with a message when it makes no sense."""
    parser = ArgumentParser(prog="python -m simulator", description=__doc__, argument_default=SUPPRESS)
    add = parser.add_argument
    add("--host", help="0.0.0.0 in a container of its own: whoever reaches it reads all its mail")
    add("--port", type=int, help="0 takes a free one")
    add("--seed", type=int, help="decides ids, mail and history ids")
    add("--clock", type=float, metavar="EPOCH", help="let the time stand still at these seconds")
    add("--state", type=Path, metavar="FILE", help="keep everything here across restarts")
    add("--topic", help="projects/P/topics/T, created with the publisher role for Gmail")
    add("--subscription", help="projects/P/subscriptions/S, created on the topic")
    add("--push-endpoint", metavar="URL", help="makes it a push subscription")
    add("--push-audience", help="aud of the push token; default: the endpoint")
    add("--push-service-account", metavar="EMAIL", help="signs the pushes")
    add("--push-max-backoff", type=float, metavar="SECONDS", help="longest pause after a nack")
    add("--notification-gap", type=float, metavar="SECONDS", help="at most one change notified in")
    add("--pubsub-emulator", action="store_true", help="no IAM: 501, as Google's Pub/Sub emulator")
    add("--client-id", help="the only OAuth client; default: any")
    add("--client-secret", help="its secret; default: any")
    add("--mailbox", action="append", metavar="EMAIL", help="create it if missing; repeatable")
    add("--messages", type=int, help="seeded mails in a mailbox that is created")
    add("--usual", action="store_true", help="mail as somebody's mailbox has it; default: as odd as mail can be")
    add("--trickle", type=float, metavar="SECONDS", help="something happens this often")
    add("--access-token-seconds", type=int, help="how long access tokens live")
    add("--page-size", type=int, help="largest page of any list, whatever was asked for")
    add("--quota", type=int, nargs="?", const=6000, metavar="UNITS", help="enforce units a minute and user")
    add("--trash-keeps-inbox", action="store_true", help="trash adds TRASH and takes no INBOX away")
    _add_supabase(parser)
    options = Options(**vars(parser.parse_args(arguments)))
    if options.subscription and not options.topic:
        parser.error("--subscription needs --topic")
    if options.topic and len(options.topic.split("/")) != 4:
        parser.error("--topic is projects/P/topics/T")
    return options


def _add_supabase(parser: ArgumentParser) -> None:
    add = parser.add_argument
    add("--supabase-publishable-key", metavar="KEY", help="of the project")
    add("--supabase-secret-key", metavar="KEY", help="passes by all policies")
    add(
        "--supabase-signing-key",
        action="append",
        metavar="JWK",
        help="whose tokens are trusted: a JWK or the legacy secret; repeatable",
    )
    add("--supabase-private-only", action="store_true", help="no public channels, as Finito wants its project")
