"""Writes: explaining warnings."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils import timezone

from det.checking import holding
from det.models import Explanation, Finding, FindingKey
from det.selectors import NotFound, User, explanations_of, same_warnings
from det.services.telling import tell

ANSWERS, EXPLANATIONS = "answers", "explanations"
"""What the page of a warning shows, by name."""


class AnswersChanged(Exception):
    """An answer that the warning rests on was changed after this person opened its page."""


class ExplainedMeanwhile(Exception):
    """The warning was explained, or explained otherwise, after this person opened its page: `explanation`."""

    def __init__(self, explanation: Explanation) -> None:
        super().__init__("explained meanwhile")
        self.explanation = explanation


def opened_with(finding: Finding, explanations: Iterable[Explanation]) -> dict[str, str]:
    """What the page of a warning showed, for its ticket: changes when that changes, and says nothing about it."""
    stands = [(e.text, e.explained_by, e.explained_at.isoformat()) for e in explanations]
    return {
        ANSWERS: _digest(f"{finding.message}|{finding.basis}"),
        EXPLANATIONS: _digest(repr(sorted(stands))),
    }


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@holding
def explain(
    *, user: User, finding: Finding, text: str, opened: Mapping[str, str] | None = None
) -> None:
    """Explains a warning. The explanation holds until a value that the warning rests on changes.

    It holds for the same warning by another rule too, and for all in a group that a rule is about: until somebody
    joins or leaves the group. `opened`: see opened_with. Raises NotFound when the warning, as it was read, is not there
    any more; AnswersChanged, and ExplainedMeanwhile where another text stands, never without `opened`.
    """
    if finding.severity != "warning":
        raise ValueError("only a warning can be explained")
    together = same_warnings(finding)
    stands = _standing(finding, together, opened, text)
    for same in together:
        # Who explained it in the same words did so first.
        if same.identity in stands and stands[same.identity].text == text:
            continue
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
def withdraw_explanation(
    *, user: User, finding: Finding, opened: Mapping[str, str] | None = None
) -> None:
    """Takes an explanation back, wherever it holds; the warning counts again. Raises as explain does."""
    together = same_warnings(finding)
    stands = _standing(finding, together, opened)
    for same in together:
        if same.identity not in stands:
            continue
        stands[same.identity].delete()
        same.explained = False
        same.save(update_fields=["explained"])
        tell(user, same.client, "explanation withdrawn", {"rule": same.rule})


def _standing(
    finding: Finding, together: list[Finding], opened: Mapping[str, str] | None, text: str = ""
) -> dict[FindingKey, Explanation]:
    """The explanations that stand, by what they explain. Raises what `explain` raises of what nobody has seen."""
    if not any((same.place, same.basis) == (finding.place, finding.basis) for same in together):
        raise NotFound
    explanations = explanations_of(together)
    now = opened_with(finding, explanations)
    before = now if opened is None else opened
    if before.get(ANSWERS, now[ANSWERS]) != now[ANSWERS]:
        raise AnswersChanged
    others = [explanation for explanation in explanations if explanation.text != text]
    if others and before.get(EXPLANATIONS) != now[EXPLANATIONS]:
        raise ExplainedMeanwhile(others[0])
    return {explanation.identity: explanation for explanation in explanations}


def _owned(finding: Finding) -> dict[str, Any]:
    return {**finding.place, "client": finding.client}
