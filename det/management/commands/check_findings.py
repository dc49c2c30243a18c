"""Are the stored findings what the rules find?"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from det.checking import Strays, recheck_agency, strays
from det.management.arguments import existing_agency
from det.models import Agency, Finding

DIFFERENT = 1
EXAMPLES = 10


class Command(BaseCommand):
    help = (
        "Compares the stored findings of every agency with what the rules find in its records on the day on which they "
        "were last judged. Exit 0: they are the same, or --mend made them so; 1: they are not."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--agency", help="the code of one agency; without it, all are looked at"
        )
        parser.add_argument("--mend", action="store_true", help="judges anew where they differ")

    def handle(self, *, agency: str | None, mend: bool, **options: Any) -> None:
        agencies = [existing_agency(agency)] if agency else list(Agency.objects.order_by("code"))
        wrong = [one for one in agencies if self._look_at(one, mend)]
        self.stdout.write(f"{len(agencies)} looked at, {len(wrong)} differed.")
        if wrong and not mend:
            raise CommandError(
                "Run it again with --mend to judge these agencies anew.", returncode=DIFFERENT
            )

    def _look_at(self, agency: Agency, mend: bool) -> Strays:
        found = strays(agency)
        if found:
            self.stdout.write(
                f"{agency}: {len(found.missing)} missing, {len(found.surplus)} surplus"
            )
            for kind, findings in (("missing", found.missing), ("surplus", found.surplus)):
                for finding in findings[:EXAMPLES]:
                    self.stdout.write(f"  {kind}: {_place(finding)}")
            if mend:
                recheck_agency(agency)
        return found


def _place(finding: Finding) -> str:
    return f"{finding.rule}{finding.part} {finding.item}, record {finding.record}"
