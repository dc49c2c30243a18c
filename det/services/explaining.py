"""Writes: explaining warnings."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from det.checking import holding
from det.models import Explanation, Finding
from det.selectors import NotFound, User, same_warnings
from det.services.telling import tell


@holding
def explain(*, user: User, finding: Finding, text: str) -> None:
    """Explains a warning. The explanation holds until a value that the warning rests on changes.

    It holds for the same warning by another rule too, and for all in a group that a rule is about: until somebody
    joins or leaves the group. Raises NotFound when the warning, as it was read, is not there any more.
    """
    if finding.severity != "warning":
        raise ValueError("only a warning can be explained")
    together = same_warnings(finding)
    if not any((same.place, same.basis) == (finding.place, finding.basis) for same in together):
        raise NotFound
    for same in together:
        Explanation.objects.update_or_create(
            **_owned(same),
            defaults={
                "basis": same.basis,
                "text": text,
                "explained_by": user.email,
                "explained_at": timezone.now(),
            },
        )
        same.explained = True
        same.save(update_fields=["explained"])
        tell(user, same.client, "explained", {"rule": same.rule, "item": same.item})


@holding
def withdraw_explanation(*, user: User, finding: Finding) -> None:
    """Takes an explanation back, wherever it holds; the warning counts again."""
    for same in same_warnings(finding):
        Explanation.objects.filter(**_owned(same)).delete()
        same.explained = False
        same.save(update_fields=["explained"])
        tell(user, same.client, "explanation withdrawn", {"rule": same.rule})


def _owned(finding: Finding) -> dict[str, Any]:
    return {**finding.place, "client": finding.client}
