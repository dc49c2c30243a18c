"""Sub intervention reviews (SIR) and client information reviews (CIR), about every six months."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from det.demo.life import Answers, Journey, day
from det.demo.world import Days, World

SIR, CIR = "sub_intervention_review", "client_information_review"
EVERY = (160, 190)
KINDS = ("pharmacological", "psychosocial", "recovery_support")
DOSES = {"methadone_dose": ("methadone", 80), "buprenorphine_dose": ("oral_buprenorphine", 24)}


def make_reviews(world: World, client: Answers, journey: Journey) -> None:
    """Adds the SIRs, from the first start of an intervention on, and the CIRs, from half a year on."""
    if journey.starts:
        first = min(journey.starts)
        journey.lists[SIR].append(_sub_intervention_review(world, journey, first))
        for date in _every_half_year(world, first, journey.last_day):
            journey.lists[SIR].append(_sub_intervention_review(world, journey, date))
        _after_discharge(world, journey)
    for date in _every_half_year(world, journey.triaged, journey.last_day):
        journey.lists[CIR].append(_client_information_review(world, client, journey, date))


def _every_half_year(
    world: World, first: datetime.date, last: datetime.date
) -> Iterator[datetime.date]:
    date = first + Days(world.between(*EVERY))
    while date <= last:
        yield date
        date += Days(world.between(*EVERY))


def _after_discharge(world: World, journey: Journey) -> None:
    """Recovery support goes on for some after they have left."""
    if journey.discharged and world.happens(0.1):
        date = journey.discharged + Days(world.between(20, 90))
        if date <= world.today:
            journey.lists[SIR].append(_review(world, date, ["recovery_support"], opiates=False))


def _sub_intervention_review(world: World, journey: Journey, date: datetime.date) -> Answers:
    """Ticks what the interventions that have begun may consist of."""
    begun = {
        one["intervention_type"]
        for one in journey.lists["intervention"]
        if isinstance(one.get("start_date"), datetime.date) and day(one, "start_date") <= date
    }
    kinds = [kind for kind in KINDS[:2] if begun & set(world.codes("intervention_type", kind))]
    if not kinds or world.happens(0.4):
        kinds.append(KINDS[2])
    opiates = bool(set(journey.substances) & set(world.codes("substance", "opiate")))
    return _review(world, date, kinds, opiates=opiates)


def _review(world: World, date: datetime.date, kinds: list[str], *, opiates: bool) -> Answers:
    review: Answers = {"review_id": world.identifier(SIR), "review_date": date}
    yes = world.code("yes_no_yn", "yes")
    ticked: set[str] = set()
    for kind in kinds:
        for _ in range(world.one_of((1, 2, 2))):
            ticked.add(_tick(world, kind, opiates=opiates))
    review |= dict.fromkeys(world.tagged(SIR, "sub_intervention"))
    review |= dict.fromkeys(sorted(ticked), yes)
    for name, (tag, most) in DOSES.items():
        given = not ticked.isdisjoint(world.tagged(SIR, tag))
        review[name] = str(world.between(2, most)) if given else None
    if ticked.isdisjoint(world.tagged(SIR, "opioid_medicine")):
        review["supervised_consumption"] = None
    world.fill(SIR, review, {})
    return review


def _tick(world: World, kind: str, *, opiates: bool) -> str:
    """A sub-intervention of the kind; opioid medicines only for opiates."""
    fields = world.tagged(SIR, kind)
    opioid = world.tagged(SIR, "opioid_medicine")
    if kind == KINDS[0]:
        others = [name for name in fields if name not in opioid]
        fields = opioid if opiates and world.happens(0.8) else others
    return world.deal(f"{SIR}.{kind}", fields, fields)


def _client_information_review(
    world: World, client: Answers, journey: Journey, date: datetime.date
) -> Answers:
    review: Answers = {"review_id": world.identifier(CIR), "review_date": date}
    status = world.by_name["client_information_review.hepc_status"]
    review["hepc_status"] = world.answer(status)
    if review["hepc_status"] in world.codes(status.reference_list, "tested"):
        review["hepc_test_date"] = date - Days(world.between(0, 120))
    if not set(journey.substances) & set(world.codes("substance", "alcohol")):
        review["sadq_score"] = None
    world.fill(CIR, review, {**client, **journey.episode})
    return review
