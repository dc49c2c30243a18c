"""Follows the chain of the audit: is an event missing, changed or added? Exit 0: it is whole; 1: it is not."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ndtms.audit.chain import walk
from ndtms.audit.models import AuditEvent


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--until",
            metavar="HASH",
            default="",
            help="a hash noted earlier, which must still be in the chain: events cut off at its end show only so",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        until = options["until"].strip().lower()
        result = walk(AuditEvent.objects.all(), until=until)
        if result.broken:
            number, at = result.broken
            raise CommandError(
                f"The chain breaks at event {number} of {at:%Y-%m-%d %H:%M:%S} UTC. "
                f"Before it {result.events} are whole.",
                returncode=1,
            )
        if until and not result.found:
            raise CommandError(
                f"None of the {result.events} events has the hash {until}: events are missing at the end.",
                returncode=1,
            )
        self.stdout.write(f"Events: {result.events}")
        self.stdout.write(f"Last hash: {result.last}")
