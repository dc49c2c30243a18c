"""Makes an agency of each dataset with made-up clients, and an account for each; says how to sign in."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from det.checking import today
from det.definition import core_dataset
from det.demo.store import DemoRefused, store_demo
from det.management.arguments import REFUSED
from det.models import Agency
from ndtms.accounts.services import make_made_up_account

CLIENTS, SEED, FLAWS = 60, 1, 0.02
AGENCIES = {
    "AD": ("N0001", "Northgate Recovery Service"),
    "YP": ("Y0001", "Brightwater Young People's Service"),
    "SA": ("S0001", "Stonefield Prison Recovery Team"),
    "SY": ("T0001", "Larchwood Secure Young People's Team"),
}
"""Dataset -> code and name of its agency."""


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.MADE_UP_ACCOUNTS:
            raise CommandError(
                "Made-up accounts are for a machine with made-up data only, and these settings say that it is not.",
                returncode=REFUSED,
            )
        for dataset, (code, name) in AGENCIES.items():
            email = f"{code.lower()}@example.org"
            self._make(dataset, code, name, email)
            title = core_dataset().datasets[dataset].title
            self.stdout.write(f"{dataset} ({title}): {name}, {code}")
            self.stdout.write(f"    e-mail {email}, password {settings.MADE_UP_PASSWORD}")
        self.stdout.write("The current security code is shown on the sign-in page.")

    @transaction.atomic
    def _make(self, dataset: str, code: str, name: str, email: str) -> None:
        """Makes what is not there yet; an agency that is there keeps its records."""
        agency = Agency.objects.filter(code=code).first()
        if agency is None:
            try:
                store_demo(
                    code=code,
                    name=name,
                    dataset=dataset,
                    clients=CLIENTS,
                    seed=SEED,
                    today=today(),
                    flaws=FLAWS,
                )
            except DemoRefused as refused:
                raise CommandError(str(refused), returncode=REFUSED) from None
            agency = Agency.objects.get(code=code)
        elif agency.dataset != dataset:
            raise CommandError(
                f"{agency} reports {agency.dataset}, not {dataset}. Start with an empty database.",
                returncode=REFUSED,
            )
        make_made_up_account(agency=agency, email=email, name=f"{name}, data entry")
