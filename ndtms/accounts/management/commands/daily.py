"""Run once a day: warns and disables unused accounts, and removes what is not needed any more."""

from __future__ import annotations

import logging
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ndtms import daily

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        """Does all of it, whatever fails; exit code 1 if something did."""
        failed = []
        for work in daily.DAILY:
            try:
                self.stdout.write(f"{work.__name__}: {work()}")
            except Exception:
                logger.exception("Daily work failed: %s", work.__name__)
                failed.append(work.__name__)
        if failed:
            raise CommandError(f"Not done: {', '.join(failed)}. See the log.", returncode=1)
