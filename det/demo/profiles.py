"""Outcomes profiles: at the start, at reviews, at exit and some after treatment."""

from __future__ import annotations

import datetime

from det.demo.life import Answers, Journey
from det.demo.world import Days, World

SECTION = "outcomes_profile"
SELDOM = 0.12
"""How often somebody reports what is not among the problem substances."""
MOST_UNITS = 30


def make_profiles(world: World, journey: Journey) -> None:
    """Adds the profiles of an episode in which an intervention has started."""
    if not journey.starts:
        return
    limits = world.definition.limits
    date = min(min(journey.starts) + Days(world.between(0, 10)), journey.last_day)
    _add(world, journey, "start", date)
    while True:
        date += Days(
            world.between(
                limits["review_profile_first_day"] + 45, limits["review_profile_last_day"]
            )
        )
        if date >= journey.last_day:
            break
        _add(world, journey, "review", date)
    if journey.discharged:
        _at_exit(world, journey, journey.discharged)


def _at_exit(world: World, journey: Journey, discharged: datetime.date) -> None:
    """Always when treatment was completed, otherwise for some; never when the client died."""
    reason = journey.episode["discharge_reason"]
    completed = reason in world.codes("discharge_reason", "completed")
    if reason in world.codes("discharge_reason", "died"):
        return
    date = discharged + Days(world.between(0, 7))
    if (completed or world.happens(0.4)) and date <= world.today:
        _add(world, journey, "exit", date)
    later = discharged + Days(world.between(28, 90))
    if world.happens(0.2) and later <= world.today:
        _add(world, journey, "post_treatment", later)


def _add(world: World, journey: Journey, stage: str, date: datetime.date) -> None:
    profile: Answers = {
        "profile_id": world.identifier(SECTION),
        "profile_date": date,
        "stage": world.code("treatment_stage", stage),
    }
    for item in world.items[SECTION]:
        if "substance_days" in item.tags:
            used = _uses(world, journey, item.tags, at_exit=stage == "exit")
            profile[item.field] = str(world.between(1, item.max or 0)) if used else "0"
    _injecting(world, journey, profile, at_exit=stage == "exit")
    if world.collects("outcomes_profile.yp_alcohol_days"):
        _young(world, profile)
    world.fill(SECTION, profile, journey.episode)
    _not_answered(world, profile)
    journey.lists[SECTION].append(profile)


def _uses(world: World, journey: Journey, tags: frozenset[str], *, at_exit: bool) -> bool:
    """Whether the client reports days of use: at exit nothing that the discharge reason denies."""
    reason = journey.episode.get("discharge_reason") if at_exit else None
    denied = {
        "drug_free": {"drug_days"},
        "alcohol_free": {"drug_days", "alcohol_days"},
        "occasional_user": {"opiate_or_crack_days"},
    }
    for meaning, denied_tags in denied.items():
        if reason in world.codes("discharge_reason", meaning) and denied_tags & tags:
            return False
    problems = {"alcohol_days": "alcohol", "opiate_or_crack_days": "opiate"}
    for tag, meaning in problems.items():
        if tag in tags and set(journey.substances) & set(world.codes("substance", meaning)):
            return world.happens(0.4 if at_exit else 0.8)
    return world.happens(SELDOM)


def _injecting(world: World, journey: Journey, profile: Answers, *, at_exit: bool) -> None:
    """Days of injecting only of who injects; without injecting nothing was shared."""
    injects = journey.episode["injecting_status"] in world.codes("injecting_status", "injecting")
    days = str(world.between(1, 28)) if injects and not at_exit and world.happens(0.6) else "0"
    for name in ("injecting_days", "yp_injecting_days"):
        if world.collects(f"{SECTION}.{name}"):
            profile[name] = days
    if days == "0" and world.collects(f"{SECTION}.sharing_equipment"):
        profile["sharing_equipment"] = world.code("yes_no_na", "no")


def _young(world: World, profile: Answers) -> None:
    """Units where there are drinking days; which other substance, where there is one."""
    days = int(str(profile["yp_alcohol_days"]))
    profile["yp_alcohol_units"] = str(world.between(1, MOST_UNITS) if days else 0)
    profile["yp_drinking_alone_days"] = str(world.between(0, days))
    if profile["yp_other_1_days"] == "0":
        profile["yp_other_1_substance"] = None
    else:
        item = world.by_name["outcomes_profile.yp_other_1_substance"]
        real = world.codes_without(item.reference_list, "filler", "alcohol")
        profile["yp_other_1_substance"] = world.answer(item, real)


def _not_answered(world: World, profile: Answers) -> None:
    """Now and then one question was not answered."""
    if world.happens(0.1):
        asked = [
            item
            for item in world.items[SECTION]
            if item.special_codes and "substance_days" not in item.tags and profile.get(item.field)
        ]
        item = world.one_of(asked)
        profile[item.field] = item.special_codes[0]
