"""Run daily: warns people who have not signed in for 60 days, and disables accounts unused for 90 days."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from ndtms.regions.services.access import forget_visitors
from ndtms.regions.services.dormancy import disable_dormant, warn_dormant


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        disabled, warned = disable_dormant(), warn_dormant()
        forget_visitors()
        self.stdout.write(f"{warned} people warned, {disabled} accounts disabled.")
