"""Writes: agencies."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction

from det.models import Agency


def add_agency(*, code: str, name: str, dataset: str, **about: Any) -> Agency:
    """Adds an agency; `about`: provider, region, local_authority, opened_on, closed_on.

    Raises ValidationError for a code that is taken or malformed, and for what the definition does not have.
    """
    agency = Agency(code=code, name=name, dataset=dataset, **about)
    agency.full_clean()
    try:
        with transaction.atomic():
            agency.save()
    except IntegrityError:
        # Somebody was quicker with the code: now that is said.
        agency.full_clean()
        raise
    return agency
