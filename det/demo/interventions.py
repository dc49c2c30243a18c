"""The interventions of an episode: of different types, together or one after the other, or not begun yet."""

from __future__ import annotations

import datetime

from det.demo.life import Answers, Journey
from det.demo.world import Days, World

SECTION = "intervention"


def make_interventions(world: World, journey: Journey, *, begins: bool) -> None:
    """Adds one to three interventions; `begins`: at least the first one has started by the last day."""
    first = journey.triaged
    for n, kind in enumerate(_types(world, journey)):
        if n == 0 or world.happens(0.5):
            referred = min(first + Days(world.between(0, 5)), journey.last_day)
        else:
            referred = world.day_between(first, journey.last_day)
        started = begins and (n == 0 or world.happens(0.8))
        journey.lists[SECTION].append(
            _intervention(world, journey, kind, referred, started=started)
        )


def _types(world: World, journey: Journey) -> list[str]:
    """Types that differ, so that no two of one type are open at once; medicine mostly for opiates and alcohol."""
    item = world.by_name["intervention.intervention_type"]
    helped = set(world.codes("substance", "opiate", "alcohol"))
    medicine = world.codes(item.reference_list, "pharmacological")
    chosen: list[str] = []
    if helped & set(journey.substances) and world.happens(0.6):
        chosen.append(world.answer(item, medicine))
    for _ in range(world.one_of((1, 1, 2, 2, 3)) - len(chosen)):
        left = [code for code in world.codes(item.reference_list) if code not in chosen]
        chosen.append(world.answer(item, left))
    return chosen


def _intervention(
    world: World, journey: Journey, kind: str, referred: datetime.date, *, started: bool
) -> Answers:
    """Referral and first offer lie in the same reporting periods, because the offer is expected at once."""
    offered = world.day_between(
        referred, min(referred + Days(14), world.together(referred), journey.last_day)
    )
    intervention: Answers = {
        "intervention_id": world.identifier(SECTION),
        "intervention_type": kind,
        "referred_date": referred,
        "first_appointment_date": offered,
        "exit_status": None,
    }
    if started:
        start = min(offered + Days(world.between(0, 7)), journey.last_day)
        intervention["start_date"] = start
        end = start + Days(world.between(60, 240))
        if journey.discharged or (end < journey.last_day and world.happens(0.6)):
            intervention["end_date"] = min(end, journey.last_day)
            intervention["exit_status"] = world.answer(world.by_name["intervention.exit_status"])
    world.fill(SECTION, intervention, journey.episode)
    return intervention
