"""Writes an agency's extract of a period. Refuses while errors stand or nothing goes, unless it is a rehearsal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from det.definition import core_dataset
from det.management.arguments import REFUSED, day, existing_agency
from det.services import tell_done
from det.transfer import prepare_transfer
from validation.periods import period_ending

NOTHING_WRITTEN = 1
SHOWN = 20


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--agency", required=True)
        parser.add_argument("--period-end", required=True, type=day, help="yyyy-mm-dd")
        parser.add_argument("--output", required=True, metavar="PATH")
        parser.add_argument(
            "--rehearse", action="store_true", help="write it even if errors stand or nothing goes"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        agency = existing_agency(options["agency"])
        try:
            period = period_ending(options["period_end"], core_dataset())
        except ValueError as error:
            raise CommandError(str(error), returncode=REFUSED) from None
        transfer = prepare_transfer(agency, period)
        self.stdout.write(
            f"{transfer.file_name}: {transfer.clients} clients, {transfer.episodes} episodes, "
            f"{transfer.rows.height} rows; load {_share(transfer.load_percentage)}, "
            f"data quality {_share(transfer.data_quality_percentage)}"
        )
        if transfer.why_empty and not options["rehearse"]:
            raise CommandError(
                f"{transfer.why_empty} Nothing was written.", returncode=NOTHING_WRITTEN
            )
        errors = transfer.open_findings("error")
        if not errors.is_empty() and not options["rehearse"]:
            for row in errors.head(SHOWN).iter_rows(named=True):
                self.stderr.write(f"{row['rule']} client {row['client_id']}: {row['message']}")
            raise CommandError(
                f"{errors.height} errors stand, so nothing was written. Mend them, or add --rehearse.",
                returncode=NOTHING_WRITTEN,
            )
        try:
            Path(options["output"]).write_bytes(transfer.content)
        except OSError as error:
            raise CommandError(
                f"{options['output']} could not be written: {error.strerror}.", returncode=REFUSED
            ) from None
        tell_done(
            agency=transfer.agency,
            verb="rehearsed" if options["rehearse"] else "transferred",
            file=transfer.file_name,
            rows=transfer.rows.height,
        )
        self.stdout.write(f"Written to {options['output']}")


def _share(percentage: int | None) -> str:
    return "–" if percentage is None else f"{percentage} %"
