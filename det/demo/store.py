"""Puts made-up records into the tool."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable

from django.core.exceptions import ValidationError
from django.db import transaction

from det.definition import core_dataset
from det.demo.caseload import make_records
from det.importing import ImportRefused, store_records
from det.models import Agency, Client
from det.services import add_agency
from validation.rules.regular import AGENCY


class DemoRefused(Exception):
    """The records cannot be made or stored; the text says why, as a sentence."""


@transaction.atomic
def store_demo(
    *,
    code: str,
    dataset: str,
    clients: int,
    seed: int,
    today: datetime.date,
    flaws: float = 0,
    name: str | None = None,
    progress: Callable[[int], None] | None = None,
) -> dict[str, int]:
    """Makes records for an agency, and the agency if it is not there; returns section -> number.

    Raises DemoRefused, and then nothing has changed.
    """
    agency = _agency(code, dataset, name or f"Made-up agency {code}")
    _refuse_known(agency, clients)
    records = make_records(
        core_dataset(),
        dataset,
        clients=clients,
        seed=seed,
        today=today,
        flaws=flaws,
        progress=progress,
    )
    try:
        return store_records(agency=agency, records=records)
    except ImportRefused as refused:
        raise DemoRefused(f"The agency {code} already has other records: {refused}") from None


def _agency(code: str, dataset: str, name: str) -> Agency:
    agency = Agency.objects.filter(code=code).first()
    if agency is None:
        if not re.search(AGENCY, code):
            raise DemoRefused(f"{code} is not an agency code: it takes a letter and four digits.")
        try:
            return add_agency(code=code, name=name, dataset=dataset)
        except ValidationError as error:
            raise DemoRefused(" ".join(error.messages)) from None
    if agency.dataset != dataset:
        raise DemoRefused(f"{agency} reports {agency.dataset}, not {dataset}.")
    return agency


def _refuse_known(agency: Agency, clients: int) -> None:
    """Looks before the work: made-up clients are numbered from 1."""
    prefix = core_dataset().sections["client"].id_prefix
    made = {f"{prefix}{number:06}" for number in range(1, clients + 1)}
    known = Client.objects.filter(agency=agency).values_list("client_id", flat=True)
    taken = sorted(made.intersection(known))
    if taken:
        raise DemoRefused(
            f"{agency} already has {len(taken)} clients with the same identifiers, such as {taken[0]} "
            "(deleted ones count). Choose an agency without made-up clients."
        )
