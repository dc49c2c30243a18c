"""Writes: agencies."""

from __future__ import annotations

import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from det.models import Agency
from det.services import add_agency as add_to_tool
from ndtms.accounts.models import Role, User
from ndtms.regions import places, selectors
from ndtms.regions.services.shared import Refused, note


@transaction.atomic
def add_agency(*, by: User, local_authority: str, **about: Any) -> Agency:
    """Adds an agency; `about`: code, name, dataset, provider, opened_on. Its region is that of the local authority.

    Raises ValidationError as det.services.add_agency, and Refused for another region.
    """
    agency = add_to_tool(
        local_authority=local_authority, region=_region(by, local_authority), **about
    )
    note(by=by, verb="added agency", agency=agency.code, dataset=agency.dataset)
    return agency


@transaction.atomic
def change_agency(
    *, by: User, agency: Agency, name: str, provider: str, local_authority: str
) -> None:
    """Changes an agency; code and dataset stay, because its records hold them.

    Raises Refused for another region, and for another provider while people work for agencies of both.
    """
    _must_administer(by, agency)
    agency = Agency.objects.select_for_update().get(pk=agency.pk)
    before = {field: getattr(agency, field) for field in ("name", "provider", "local_authority")}
    if provider != agency.provider and _has_shared_people(agency):
        raise Refused(
            {
                "provider": "Some people of this agency also work for other agencies of its provider."
                " Remove them from here first, then change the provider"
            }
        )
    agency.name, agency.provider = name, provider
    agency.local_authority, agency.region = local_authority, _region(by, local_authority)
    agency.full_clean()
    agency.save()
    changed = sorted(field for field, value in before.items() if getattr(agency, field) != value)
    note(by=by, verb="changed agency", agency=agency.code, fields=changed)


@transaction.atomic
def close_agency(*, by: User, agency: Agency, closed_on: datetime.date | None) -> None:
    """The agency is closed from the day on; None opens it again. Its records stay."""
    _must_administer(by, agency)
    agency = Agency.objects.select_for_update().get(pk=agency.pk)
    agency.closed_on = closed_on
    agency.full_clean()
    agency.save(update_fields=["closed_on"])
    if closed_on is None:
        note(by=by, verb="opened agency again", agency=agency.code)
    else:
        note(by=by, verb="closed agency", agency=agency.code, day=f"{closed_on:%Y-%m-%d}")


def _must_administer(by: User, agency: Agency) -> None:
    if not selectors.agencies_for(user=by).filter(pk=agency.pk).exists():
        raise PermissionDenied


def _region(by: User, local_authority: str) -> str:
    region = places.region_of(local_authority)
    if by.role == Role.REGIONAL and region != by.region:
        where = f"lies in {region}" if region else "is not known"
        raise Refused(
            {
                "local_authority": f"This local authority {where}, not in {by.region}."
                " Ask that region's team, or the national team"
            }
        )
    if by.role not in (Role.REGIONAL, Role.NATIONAL):
        raise PermissionDenied
    return region


def _has_shared_people(agency: Agency) -> bool:
    people = agency.people.values("pk")
    return Agency.objects.exclude(pk=agency.pk).filter(people__in=people).exists()
