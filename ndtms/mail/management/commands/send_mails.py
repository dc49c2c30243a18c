"""Run each minute: sends the mails that wait, among them those that could not be sent before."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from ndtms.mail.services import send_waiting


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        sent, failed = send_waiting()
        self.stdout.write(f"Sent: {sent}. Could not be sent this time: {failed}.")
