"""The person: initials, date of birth, equality, consent. No two share initials, birthday and sex."""

from __future__ import annotations

import datetime
from string import ascii_uppercase

from det.demo.life import Answers
from det.demo.world import World

ADULT_AGES = (18, 68)
YOUNG_AGES = (11, 20)
"""At the first triage; two years later a young person is still young enough for the dataset."""

Attributor = tuple[str, str, datetime.date, str]


def make_person(world: World, triages: list[datetime.date], taken: set[Attributor]) -> Answers:
    """The client items of somebody with these triage dates; adds the attributor to those taken."""
    client: Answers = {"client_id": world.identifier("client")}
    if world.happens(0.5):
        client["client_reference"] = (
            f"{world.one_of(ascii_uppercase)}{world.between(1000, 9999)}/{world.between(1, 9)}"
        )
    client["consent"] = world.code("consent", "given")
    client["sex"] = world.answer(world.by_name["client.sex"])
    client |= _initials_and_birth(world, str(client["sex"]), triages, taken)
    _disabilities(world, client)
    age = whole_years(born(client), triages[-1])
    world.fill("client", client, {"age_at_latest_triage": age})
    return client


def make_unwilling(world: World) -> Answers:
    """Somebody without consent: no more is held than the identifier, and perhaps the initials."""
    client: Answers = {
        "client_id": world.identifier("client"),
        "consent": world.code("consent", "refused"),
    }
    if world.happens(0.5):
        client["first_initial"] = world.one_of(ascii_uppercase)
        client["last_initial"] = world.one_of(ascii_uppercase)
    return client


def born(client: Answers) -> datetime.date:
    value = client["birth_date"]
    if not isinstance(value, datetime.date):
        raise TypeError("the client has no date of birth")
    return value


def whole_years(birth: datetime.date, day: datetime.date) -> int:
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def _initials_and_birth(
    world: World, sex: str, triages: list[datetime.date], taken: set[Attributor]
) -> Answers:
    """Drawn again until nobody else has them, and until one age decides what is asked at all triages."""
    orientation_age = world.definition.limits["orientation_age"]
    while True:
        years = world.between(*(ADULT_AGES if world.adult else YOUNG_AGES))
        # Within eleven months from the day that makes one year more: the age is `years` or one more.
        birth = triages[0].replace(day=1, year=triages[0].year - years - 1)
        birth += datetime.timedelta(days=world.between(0, 330))
        first, last = world.one_of(ascii_uppercase), world.one_of(ascii_uppercase)
        ages = {whole_years(birth, day) >= orientation_age for day in triages}
        if (first, last, birth, sex) not in taken and len(ages) == 1:
            taken.add((first, last, birth, sex))
            return {"first_initial": first, "last_initial": last, "birth_date": birth}


def _disabilities(world: World, client: Answers) -> None:
    """None or declined stands alone; any others differ."""
    if not world.collects("client.disability_1"):
        return
    item = world.by_name["client.disability_1"]
    alone = world.codes(item.reference_list, "none", "declined")
    real = world.codes_without(item.reference_list, "none", "declined")
    client |= dict.fromkeys(("disability_2", "disability_3"))
    if world.happens(0.6):
        client["disability_1"] = world.answer(item, alone)
        return
    count = world.one_of((1, 1, 1, 2, 2, 3))
    chosen: list[str] = []
    for n in range(1, count + 1):
        chosen.append(world.answer(item, [code for code in real if code not in chosen]))
        client[f"disability_{n}"] = chosen[-1]
