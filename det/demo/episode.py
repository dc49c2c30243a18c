"""The episode as it begins: referral and triage, home, family, substances, health."""

from __future__ import annotations

import datetime

from det.demo.discharge import make_discharge
from det.demo.life import Answers, Journey, day
from det.demo.person import born, whole_years
from det.demo.world import Days, World

AREAS = ("LS", "BD", "HX", "WF", "M", "L", "B", "NE", "S", "YO", "BS", "SE")
SUBSTANCES = ("substance_1", "substance_2", "substance_3")
SOFTWARE = "Made-up records"
MOST_CHILDREN = 4
FIRST_USE = (9, 35)
MOST_UNITS = 40


def make_episode(world: World, client: Answers, journey: Journey, earlier: Journey | None) -> None:
    """Answers what is asked of an episode; `earlier`: the journey before it."""
    episode, triaged = journey.episode, journey.triaged
    episode["episode_id"] = world.identifier("episode")
    episode["software"] = SOFTWARE
    since_earlier = (triaged - earlier.last_day).days if earlier else 21
    episode["referral_date"] = triaged - Days(world.between(0, min(21, since_earlier)))
    episode["care_plan_start_date"] = world.day_between(
        triaged, min(triaged + Days(10), world.together(triaged))
    )
    if earlier:
        episode["previously_treated"] = world.code("yes_no_yn", "yes")
    _home(world, episode, triaged, earlier)
    _work(world, episode)
    _family(world, episode)
    _substances(world, episode, whole_years(born(client), triaged))
    fillers = world.codes("substance", "filler")
    named = (str(episode[name]) for name in SUBSTANCES if episode.get(name))
    journey.substances = tuple(code for code in named if code not in fillers)
    _tests(world, episode, client, journey)
    if world.collects("episode.reception_date"):
        received = day(episode, "referral_date") - Days(world.between(2, 30))
        episode["reception_date"] = received
        episode["health_assessment_date"] = received + Days(world.between(0, 2))
    make_discharge(world, journey)
    world.fill("episode", episode, client)


def _home(world: World, episode: Answers, triaged: datetime.date, earlier: Journey | None) -> None:
    """A postcode district and two authorities, one in the other, both open at triage."""
    pairs = world.authorities(triaged)
    pair = None
    if earlier and world.happens(0.8):
        same = (earlier.episode["local_authority"], earlier.episode["upper_tier_local_authority"])
        pair = next((one for one in pairs if one == same), None)
    if pair is None:
        pair = world.one_of(world.neighbours(pairs) if world.happens(0.8) else pairs)
    episode["local_authority"], episode["upper_tier_local_authority"] = pair
    episode["postcode_district"] = f"{world.one_of(AREAS)}{world.between(1, 29)}"


def _work(world: World, episode: Answers) -> None:
    """Who is employed was so today; everybody else at some other time."""
    if world.collects("episode.time_since_employment"):
        status = world.by_name["episode.employment_status"]
        since = world.by_name["episode.time_since_employment"]
        episode["employment_status"] = world.answer(status)
        employed = episode["employment_status"] in world.codes(status.reference_list, "employed")
        pick = world.codes if employed else world.codes_without
        episode["time_since_employment"] = world.answer(
            since, pick(since.reference_list, "employed")
        )


def _family(world: World, episode: Answers) -> None:
    """Children, where the parental status says there are; early help for them, each kind once."""
    if not world.collects("episode.children_living_with_client"):
        return
    status = world.by_name["episode.parental_status"]
    episode["parental_status"] = world.answer(status)
    with_children = world.codes(status.reference_list, "lives_with_children")
    none_at_home = world.codes(status.reference_list, "not_a_parent")
    children = world.by_name["episode.children_living_with_client"]
    if episode["parental_status"] in with_children:
        count = str(world.between(1, MOST_CHILDREN))
    elif episode["parental_status"] in none_at_home or world.happens(0.7):
        count = "0"
    else:
        count = world.number(children, MOST_CHILDREN)
    episode["children_living_with_client"] = count
    names = ("early_help_1", "early_help_2", "early_help_3")
    episode |= dict.fromkeys(names)
    if episode["parental_status"] in none_at_home and count == "0":
        return
    item = world.by_name["episode.early_help_1"]
    kinds = world.codes_without(item.reference_list, "none", "declined")
    episode["early_help_1"] = world.answer(item)
    chosen = [episode["early_help_1"]]
    for name in names[1:]:
        if chosen[-1] not in kinds or not world.happens(0.5):
            return
        chosen.append(world.answer(item, [code for code in kinds if code not in chosen]))
        episode[name] = chosen[-1]


def _substances(world: World, episode: Answers, age: int) -> None:
    """One to three different substances, how and since when, and drinking that agrees with itself."""
    substance = world.by_name["episode.substance_1"].reference_list
    item = world.by_name["episode.substance_1"]
    real = world.codes_without(substance, "filler")
    alcohol, opiates = world.codes(substance, "alcohol"), world.codes(substance, "opiate")
    likely = {"alcohol": 0.35, "opiate": 0.35} if world.adult else {"alcohol": 0.2, "opiate": 0.2}
    draw = world.chance.random()
    if draw < likely["alcohol"]:
        chosen = [world.answer(item, alcohol)]
    elif draw < likely["alcohol"] + likely["opiate"]:
        chosen = [world.answer(item, opiates)]
    else:
        chosen = [world.answer(item, [code for code in real if code not in alcohol])]
    for _ in range(world.one_of((0, 0, 1, 1, 2))):
        chosen.append(world.answer(item, [code for code in real if code not in chosen]))
    episode |= dict(zip(SUBSTANCES, chosen, strict=False))
    if len(chosen) == 1:
        episode["substance_2"] = world.code(substance, "no_second") if world.happens(0.8) else None
        episode["substance_3"] = None
    elif len(chosen) == 2:
        episode["substance_3"] = world.code(substance, "no_third") if world.happens(0.8) else None
    youngest, oldest = FIRST_USE
    episode["substance_1_first_age"] = str(world.between(min(youngest, age), min(oldest, age)))
    _route(world, episode)
    drinks = bool(set(chosen) & set(alcohol)) or world.happens(0.4)
    drinking_days = world.by_name["episode.drinking_days"].max or 0
    episode["drinking_days"] = str(world.between(1, drinking_days) if drinks else 0)
    if drinks or world.happens(0.7):
        episode["alcohol_units"] = str(world.between(1, MOST_UNITS) if drinks else 0)
    else:
        episode["alcohol_units"] = None


def _route(world: World, episode: Answers) -> None:
    route = world.by_name["episode.route"]
    status = world.by_name["episode.injecting_status"]
    episode["route"] = world.answer(route)
    injects = episode["route"] in world.codes(route.reference_list, "inject")
    pick = world.codes if injects else world.codes_without
    episode["injecting_status"] = world.answer(status, pick(status.reference_list, "injecting"))


def _tests(world: World, episode: Answers, client: Answers, journey: Journey) -> None:
    """The hepatitis C test, if there was one: before triage, or soon after."""
    item = world.by_name["episode.hepc_status"]
    episode["hepc_status"] = world.answer(item)
    if episode["hepc_status"] in world.codes(item.reference_list, "tested"):
        last = min(journey.last_day, journey.triaged + Days(30))
        first = max(journey.triaged - Days(300), born(client) + Days(1))
        episode["hepc_test_date"] = world.day_between(first, last)
