"""Takes a CDS-Q CSV from another system into the tool's records; all or nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from det.definition import core_dataset
from det.importing import Imported, ImportRefused, import_reading, likely_dataset, refuse_unreadable
from det.left_out import counted
from det.management.arguments import REFUSED, dataset
from det.models import Agency
from det.services import add_agency, tell_done
from validation.reading import Reading, read_file

SHOWN = 100


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE")
        parser.add_argument("--agency", required=True, type=str.upper)
        parser.add_argument(
            "--dataset", type=dataset, help="of a new agency; worked out from the file if not given"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        reading = read_file(Path(options["file"]), core_dataset())
        try:
            imported = self._import(reading, options)
        except ImportRefused as refused:
            for line in refused.messages[:SHOWN]:
                self.stderr.write(line)
            hidden = refused.total - min(len(refused.messages), SHOWN)
            if hidden > 0:
                self.stderr.write(f"... and {hidden:,} more")
            raise CommandError("Nothing was imported.", returncode=REFUSED) from None
        sections = core_dataset().sections
        for section, count in imported.counts.items():
            self.stdout.write(f"{sections[section].plural}: {count}")
        for part in imported.left_out:
            self.stdout.write(f"Not stored: {part.words}")
        counts = imported.report.counts
        self.stdout.write(
            f"Errors: {counts.get('error', 0)}, warnings: {counts.get('warning', 0)}, "
            f"load {imported.report.load_percentage} %, "
            f"data quality {imported.report.data_quality_percentage} %"
        )

    @transaction.atomic
    def _import(self, reading: Reading, options: dict[str, Any]) -> Imported:
        agency = Agency.objects.filter(code=options["agency"]).first()
        if agency is None:
            agency = self._new_agency(reading, options)
        elif options["dataset"] and options["dataset"] != agency.dataset:
            raise CommandError(
                f"{agency} reports {agency.dataset}, not {options['dataset']}.", returncode=REFUSED
            )
        imported = import_reading(reading=reading, agency=agency)
        tell_done(agency=agency, verb="imported", **imported.counts, **counted(imported.left_out))
        return imported

    def _new_agency(self, reading: Reading, options: dict[str, Any]) -> Agency:
        refuse_unreadable(reading)
        code = options["dataset"] or likely_dataset(reading)
        if code is None:
            raise CommandError(
                f"There is no agency {options['agency']}, and the file fits several datasets: "
                "say which with --dataset.",
                returncode=REFUSED,
            )
        try:
            return add_agency(
                code=options["agency"], name=f"Agency {options['agency']}", dataset=code
            )
        except ValidationError as error:
            raise CommandError(" ".join(error.messages), returncode=REFUSED) from None
