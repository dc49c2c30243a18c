"""An agency's caseload: how many journeys each client makes and when, and the lives around them."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from random import Random

from det.demo.episode import make_episode
from det.demo.flaws import spoil
from det.demo.interventions import make_interventions
from det.demo.life import Journey, Life, as_records
from det.demo.person import Attributor, make_person, make_unwilling
from det.demo.profiles import make_profiles
from det.demo.reviews import make_reviews
from det.demo.world import Days, World
from validation.dataset import CoreDataset
from validation.records import Records

WITHOUT_CONSENT = 0.02
CAME_BACK = 0.6
MOST_STAYS = 3
CLOSED = 0.6
"""Of those who do not come back; who does was discharged before."""
EARLY, LATE = 0.05, 0.04
"""Shares of clients who left before the reporting period, and who came after it."""

Stay = tuple[datetime.date, datetime.date | None]
"""The day of triage, and of discharge if there was one."""


def make_records(
    definition: CoreDataset,
    dataset: str,
    *,
    clients: int,
    seed: int,
    today: datetime.date,
    flaws: float = 0,
    progress: Callable[[int], None] | None = None,
) -> Records:
    """Made-up records of a number of clients; without `flaws` (a share of the records) no rule finds anything.

    `progress` is told now and then how many clients are made. Asking for more clients adds to the same ones.
    """
    world = World(definition, dataset, today, Random(f"{seed} {dataset}"))
    lives = []
    for life in _lives(world, clients):
        lives.append(life)
        if progress:
            progress(len(lives))
    if flaws:
        spoil(world, lives, flaws)
    return as_records(lives, definition, dataset)


def _lives(world: World, clients: int) -> Iterator[Life]:
    taken: set[Attributor] = set()
    for n in range(clients):
        # The second client has none, so that even a small caseload shows it.
        if n == 1 or world.happens(WITHOUT_CONSENT):
            yield Life(make_unwilling(world))
        else:
            yield _life(world, taken)


def _life(world: World, taken: set[Attributor]) -> Life:
    stays = _stays(world)
    life = Life(make_person(world, [triaged for triaged, _ in stays], taken))
    for triaged, discharged in stays:
        journey = Journey(
            triaged=triaged,
            episode={"triage_date": triaged, "discharge_date": discharged},
            lists={section: [] for section in world.definition.children},
            last_day=discharged or world.today,
        )
        make_journey(world, life, journey)
        life.journeys.append(journey)
    return life


def make_journey(world: World, life: Life, journey: Journey) -> None:
    """Fills a journey whose dates of triage and discharge are known."""
    earlier = life.journeys[-1] if life.journeys else None
    make_episode(world, life.client, journey, earlier)
    declined = world.codes("discharge_reason", "commencement_declined")
    make_interventions(
        world, journey, begins=journey.episode.get("discharge_reason") not in declined
    )
    make_reviews(world, life.client, journey)
    make_profiles(world, journey)
    _forget_blanks(journey)


def _forget_blanks(journey: Journey) -> None:
    """Most questions of a review are blank; a hundred thousand clients must fit in memory."""
    for records in journey.lists.values():
        records[:] = [
            {name: value for name, value in one.items() if value is not None} for one in records
        ]


def _stays(world: World) -> list[Stay]:
    """One to three stays, one after the other, none later than today."""
    period, today = world.period, world.today
    draw = world.chance.random()
    if draw < EARLY:
        triaged = world.day_between(world.first_day, period.start - Days(60))
        return [(triaged, world.day_between(triaged + Days(21), period.start - Days(1)))]
    if draw < EARLY + LATE and period.end < today:
        return [(world.day_between(period.end + Days(1), today), None)]
    triaged = world.day_between(world.first_day, min(period.end, today))
    stays: list[Stay] = []
    while True:
        discharged = triaged + Days(world.between(30, 420))
        back = discharged + Days(world.between(5, 240))
        came_back = len(stays) < MOST_STAYS - 1 and world.happens(CAME_BACK)
        if came_back and back <= min(period.end, today):
            stays.append((triaged, discharged))
            triaged = back
        else:
            is_over = discharged <= today and world.happens(CLOSED)
            return [*stays, (triaged, discharged if is_over else None)]
