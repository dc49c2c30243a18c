"""Makes made-up records for an agency. Without --flaws they are clean: 100 % and 100 %."""

from __future__ import annotations

import argparse
import datetime
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from det.checking import today
from det.definition import core_dataset
from det.demo.store import DemoRefused, store_demo
from det.management.arguments import REFUSED, dataset, day

MOST_CLIENTS = 100_000
EARLIEST_TODAY = datetime.date(2010, 1, 1)
"""Some of the made-up clients are born seventy years before it."""
TOLD_EVERY = 2_000


def number_of_clients(text: str) -> int:
    """A whole number that the tool can hold. Raises ArgumentTypeError."""
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= MOST_CLIENTS:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to {MOST_CLIENTS}")
    return int(text)


def share(text: str) -> float:
    """A share from 0 to 1. Raises ArgumentTypeError."""
    try:
        value = float(text)
    except ValueError:
        value = -1
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a share from 0 to 1")
    return value


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--agency", required=True, type=str.upper, help="made if it is not there"
        )
        parser.add_argument("--dataset", required=True, type=dataset)
        parser.add_argument("--clients", type=number_of_clients, default=200)
        parser.add_argument(
            "--seed", type=int, default=1, help="the same seed gives the same records"
        )
        parser.add_argument(
            "--flaws", type=share, default=0.0, help="the share of records with a flaw"
        )
        parser.add_argument(
            "--today", type=day, help="the day up to which the records go, yyyy-mm-dd"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        until = options["today"] or today()
        if not EARLIEST_TODAY <= until <= today():
            raise CommandError(
                f"--today is {until}: give a day from {EARLIEST_TODAY} up to today.",
                returncode=REFUSED,
            )
        try:
            counts = store_demo(
                code=options["agency"],
                dataset=options["dataset"],
                clients=options["clients"],
                seed=options["seed"],
                today=until,
                flaws=options["flaws"],
                progress=self._progress(options["clients"]),
            )
        except DemoRefused as refused:
            raise CommandError(str(refused), returncode=REFUSED) from None
        made = ", ".join(f"{count:,} {self._plural(section)}" for section, count in counts.items())
        self.stdout.write(f"Agency {options['agency']} ({options['dataset']}): {made}")

    def _progress(self, clients: int) -> Callable[[int], None]:
        def tell(made: int) -> None:
            if made % TOLD_EVERY == 0:
                self.stderr.write(f"made {made:,} of {clients:,} clients")
                if made == clients:
                    self.stderr.write("storing them")

        return tell

    @staticmethod
    def _plural(section: str) -> str:
        return core_dataset().sections[section].plural.lower()
