"""Writes: explaining warnings."""

from __future__ import annotations

from django.utils import timezone

from det.checking import holding
from det.models import Explanation, Finding
from det.selectors import User
from det.services.telling import tell


@holding
def explain(*, user: User, finding: Finding, text: str) -> None:
    """Explains a warning. The explanation holds until a value that the warning rests on changes."""
    if finding.severity != "warning":
        raise ValueError("only a warning can be explained")
    Explanation.objects.update_or_create(
        client=finding.client,
        rule=finding.rule,
        part=finding.part,
        record=finding.record,
        item=finding.item,
        defaults={
            "basis": finding.basis,
            "text": text,
            "explained_by": user.email,
            "explained_at": timezone.now(),
        },
    )
    finding.explained = True
    finding.save(update_fields=["explained"])
    tell(user, finding.client, "explained", {"rule": finding.rule, "item": finding.item})


@holding
def withdraw_explanation(*, user: User, finding: Finding) -> None:
    """Takes an explanation back; the warning counts again."""
    Explanation.objects.filter(
        client=finding.client,
        rule=finding.rule,
        part=finding.part,
        record=finding.record,
        item=finding.item,
    ).delete()
    finding.explained = False
    finding.save(update_fields=["explained"])
    tell(user, finding.client, "explanation withdrawn", {"rule": finding.rule})
