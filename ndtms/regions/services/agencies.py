"""Writes: agencies."""

from __future__ import annotations

import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from det.dates import in_full
from det.models import Agency
from det.services import add_agency as add_to_tool
from ndtms.accounts.models import Role, User
from ndtms.regions import places, selectors
from ndtms.regions.services.access import link_requests
from ndtms.regions.services.shared import Refused, note
from ndtms.web.changing import Answers, Disputed, own_changes


@transaction.atomic
def add_agency(*, by: User, local_authority: str, **about: Any) -> Agency:
    """Adds an agency; `about`: code, name, dataset, provider, opened_on. Its region is that of the local authority.

    Requests for access that wait for it are for the team of that region from now on.

    Raises ValidationError as det.services.add_agency, and Refused for another region.
    """
    agency = add_to_tool(
        local_authority=local_authority, region=_region(by, local_authority), **about
    )
    link_requests(agency)
    note(by=by, verb="added agency", agency=agency.code, dataset=agency.dataset)
    return agency


@transaction.atomic
def change_agency(
    *, by: User, agency: Agency, opened: Answers | None = None, **typed: str
) -> list[str]:
    """Changes what is not as it was when the form was opened (selectors.answers_of). The fields that changed.

    Raises Refused for another region, and for another provider while people work for agencies of both; Disputed where
    somebody else changed the same.
    """
    _must_administer(by, agency)
    agency = Agency.objects.select_for_update(no_key=True).get(pk=agency.pk)
    now = selectors.answers_of(agency)
    shown = {**now, "local_authority": places.in_words(agency.local_authority)}
    said = {field: f"Somebody else changed this to “{text}”" for field, text in shown.items()}
    changed = own_changes(now=now, typed=typed, opened=opened, said=said)
    if not changed:
        return []
    if "provider" in changed and _has_shared_people(agency):
        raise Refused(
            {
                "provider": "Some people of this agency also work for other agencies of its provider."
                " Remove them from here first, then change the provider"
            }
        )
    for field, text in changed.items():
        setattr(agency, field, text)
    agency.region = _region(by, agency.local_authority)
    agency.full_clean()
    agency.save()
    # It may have come with a file that was imported, which links nothing.
    link_requests(agency)
    fields = sorted(changed)
    note(by=by, verb="changed agency", agency=agency.code, fields=fields)
    return fields


@transaction.atomic
def close_agency(
    *, by: User, agency: Agency, closed_on: datetime.date | None, opened: Answers | None = None
) -> None:
    """The agency is closed from the day on; None opens it again. Its records stay.

    Raises Disputed where somebody else gave it another closing date, or none, since the form was opened.
    """
    _must_administer(by, agency)
    agency = Agency.objects.select_for_update(no_key=True).get(pk=agency.pk)
    if agency.closed_on == closed_on:
        return
    now = selectors.closing_of(agency)
    if opened is not None and opened != now:
        day = agency.closed_on
        done = f"closed this agency from {in_full(day)} on" if day else "opened this agency again"
        raise Disputed(now, {"closed_on": f"Somebody else {done}"})
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
