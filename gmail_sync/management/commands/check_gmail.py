"""`check_gmail`: the doctor. It finds what is wrong between Gmail and us, and names the mend."""

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from gmail_sync.doctor import examination
from gmail_sync.doctor.report import FAULT, OK, SKIPPED, Finding, redacted


class Command(BaseCommand):
    help = (
        "Look at everything between Gmail and us; for each fault, say what mends it. Changes nothing, prints no secret."
    )
    requires_system_checks = []  # their errors are findings as well

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--json", action="store_true", help="a list of {check, status, said, mend} instead of lines"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        found: list[Finding] = []
        for finding in map(redacted, examination.findings()):
            found.append(finding)
            if not options["json"]:
                style = {OK: self.style.SUCCESS, FAULT: self.style.ERROR, SKIPPED: self.style.WARNING}[finding.status]
                self.stdout.write(finding.line(), style)
        if options["json"]:
            self.stdout.write(json.dumps([asdict(finding) for finding in found], indent=1))
        counts = [sum(finding.status == status for finding in found) for status in (FAULT, OK, SKIPPED)]
        self.stdout.flush()  # where both go to one file, the closing line is the last one
        if counts[0]:
            raise CommandError("1 fault." if counts[0] == 1 else f"{counts[0]} faults.")
        closing = self.stderr if options["json"] else self.stdout
        closing.write(f"0 faults: {counts[1]} checks ok, {counts[2]} skipped.", str)
