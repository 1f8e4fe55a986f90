"""`watch_transport`: listens at Supabase as pages would, and says how much of the log comes through."""

import math
import re
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from realtime.recorder import Recorder
from realtime.signals import at_the_end
from realtime.transport.supabase import project
from realtime.transport.supabase.canary import Canary

SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


class Command(BaseCommand):
    help = (
        "Compare what arrives over Supabase with the log, for up to 90 of the chosen users, also in stage shadow. One "
        "line a minute; ends with an error if too much is missing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--for", metavar="24h", default="", help="How long; without it until SIGTERM.")
        parser.add_argument(
            "--fail-above", type=float, default=0.001, metavar="SHARE", help="Of missing events (default %(default)s)."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        there = project.configured()
        if there is None:
            raise CommandError("No Supabase project is configured: set SUPABASE_URL and its keys.")
        if not 0 <= options["fail_above"] <= 1:  # nor is NaN, which nothing is above
            raise CommandError("--fail-above is a share from 0 to 1.")
        canary = Canary(there, self._say)
        at_the_end(canary.stopping.set)
        recorder = Recorder("canary")
        recorder.start()
        try:
            canary.run(_seconds(options["for"]))
        finally:
            recorder.stop()
        figures = canary.figures
        self._say(f"In all: {figures}")
        if not canary.listened:
            raise CommandError("No topic was heard: see `transport`, and the warnings above.")
        if figures.share_missing > options["fail_above"]:
            raise CommandError(f"{figures.share_missing:.3%} of the events are missing.")

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def _seconds(text: str) -> float:
    """Read `90s`, `10m`, `24h`, `7d`; without one it has no end. Raises CommandError."""
    match = re.fullmatch(r"([1-9][0-9]{0,5})([smhd])", text, re.ASCII)
    if text and match is None:
        raise CommandError("--for is a number with s, m, h or d: 24h.")
    return int(match[1]) * SECONDS[match[2]] if match else math.inf
