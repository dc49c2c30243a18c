"""The page that ends the interventions which a discharge left open."""

from __future__ import annotations

from typing import Any

from det.forms.ending import EndingForm, called
from det.models import Record
from det.presenters.findings import way_back
from det.presenters.records import conflict, gone_line
from det.presenters.words import anchor, person
from det.selectors import User
from det.services import Conflict


def ending_page(
    episode: Record,
    form: EndingForm,
    user: User,
    conflicts: list[Conflict],
    gone: list[Record],
) -> dict[str, Any]:
    """The interventions as a form. `conflicts`: what somebody else changed too; `gone`: what was deleted."""
    values = {ending.record: ending.values for ending in form.endings} if conflicts else {}
    return {
        "form": form,
        "summary": form.summary,
        "has_errors": bool(form.errors or conflicts or gone),
        "person": person(episode.client),
        **way_back(episode.client, anchor=anchor(episode)),
        "conflicts": [
            conflict(f"“{called(one.record)}”", one.record, values[one.record], one.fields, user)
            for one in conflicts
        ],
        "gone": [gone_line(one) for one in gone],
    }
