"""Makes an agency of each dataset with made-up clients, and an account of each role; says how to sign in."""

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
from ndtms.accounts.models import Role, User
from ndtms.accounts.services import make_made_up_account
from ndtms.regions.places import authorities
from ndtms.regions.services.declarations import renew_made_up
from ndtms.regions.services.dormancy import count_from_now

CLIENTS, SEED, FLAWS = 60, 1, 0.02
AGENCIES = {
    "AD": ("N0001", "Northgate Recovery Service"),
    "YP": ("Y0001", "Brightwater Young People's Service"),
    "SA": ("S0001", "Stonefield Prison Recovery Team"),
    "SY": ("T0001", "Larchwood Secure Young People's Team"),
}
"""Dataset -> code and name of its agency."""
REGION, PROVIDER = "Northern and Yorkshire", "Made-up Recovery Trust"
OTHERS: dict[str, tuple[str, dict[str, str]]] = {
    "regional@example.org": ("Regional team", {"role": Role.REGIONAL, "region": REGION}),
    "regional2@example.org": ("Regional team, another", {"role": Role.REGIONAL, "region": REGION}),
    "national@example.org": ("National team", {"role": Role.NATIONAL}),
    "supplier@example.org": ("Software supplier", {"role": Role.SUPPLIER}),
}
"""E-mail -> name, role and region of people who work for no agency. Some things take two of a region."""


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.MADE_UP_ACCOUNTS:
            raise CommandError(
                "Made-up accounts are for a machine with made-up data only, and these settings say that it is not.",
                returncode=REFUSED,
            )
        for dataset, (code, name) in AGENCIES.items():
            agency = self._make(dataset, code, name)
            email = f"{code.lower()}@example.org"
            self._account(email=email, name=f"{name}, data entry", agencies=[agency])
            title = core_dataset().datasets[dataset].title
            self._tell(f"Data entry, {dataset} ({title}), {name}, {code}", email)
        agencies = list(Agency.objects.filter(provider=PROVIDER))
        self._account(
            email="lead@example.org", name="Provider lead", role=Role.LEAD, agencies=agencies
        )
        self._tell(f"Provider lead of all {len(agencies)} agencies", "lead@example.org")
        for email, (name, about) in OTHERS.items():
            self._account(email=email, name=name, **about)
            self._tell(", ".join([name, *filter(None, [about.get("region")])]), email)
        self.stdout.write(f"The password of all of them is {settings.MADE_UP_PASSWORD}")
        self.stdout.write("The current security code is shown on the sign-in page.")

    def _account(self, **about: Any) -> User:
        """An account that can be used at once, however long ago it was made."""
        person = make_made_up_account(**about)
        renew_made_up(person=person)
        count_from_now(person=person)
        return person

    def _tell(self, who: str, email: str) -> None:
        self.stdout.write(f"{email:<24} {who}")

    @transaction.atomic
    def _make(self, dataset: str, code: str, name: str) -> Agency:
        """Makes the agency if it is not there yet; one that is there keeps its records."""
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
        if not agency.provider:
            agency.provider, agency.region = PROVIDER, REGION
            agency.local_authority = next(iter(authorities(day=today(), region=REGION)))
            agency.save(update_fields=["provider", "region", "local_authority"])
        return agency
