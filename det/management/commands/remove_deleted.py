"""Run daily: removes for good what was deleted more than 30 days ago."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from det.services import remove_for_good


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{remove_for_good()} records removed for good.")
