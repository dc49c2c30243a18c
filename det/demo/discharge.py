"""The end of an episode: a reason that fits what happened, and where a client in custody goes."""

from __future__ import annotations

from det.demo.life import Answers, Journey
from det.demo.world import Days, World

COMPLETED_SHARE = 0.5


def choose_reason(world: World, journey: Journey) -> str:
    """A discharge reason; for who never began, that the client declined to."""
    item = world.by_name["episode.discharge_reason"]
    completed = world.codes(item.reference_list, "completed")
    if not world.happens(COMPLETED_SHARE):
        return world.answer(item, world.codes_without(item.reference_list, "completed"))
    alcohol = world.codes("substance", "alcohol")
    only_alcohol = bool(journey.substances) and set(journey.substances) <= set(alcohol)
    alcohol_free = world.codes(item.reference_list, "alcohol_free")
    return world.answer(
        item, [code for code in completed if only_alcohol or code not in alcohol_free]
    )


def make_discharge(world: World, journey: Journey) -> None:
    """Answers what is asked at discharge, or leaves all of it blank while the episode is open."""
    episode = journey.episode
    if journey.discharged is None:
        for item in world.items["episode"]:
            if item.dated_by == "discharge_date" or item.field == "release_appointment_date":
                episode[item.field] = None
        return
    episode["discharge_reason"] = choose_reason(world, journey)
    if world.collects("episode.exit_destination"):
        _release(world, journey, episode)


def _release(world: World, journey: Journey, episode: Answers) -> None:
    """The dead have died everywhere; some of the others have an appointment outside."""
    item = world.by_name["episode.exit_destination"]
    died = episode["discharge_reason"] in world.codes("discharge_reason", "died")
    pick = world.codes if died else world.codes_without
    episode["exit_destination"] = world.answer(item, pick(item.reference_list, "died"))
    if died:
        for release in world.items["episode"]:
            if release.field.startswith("release_"):
                episode[release.field] = None
        return
    appointment = journey.last_day + Days(world.between(1, 10))
    if world.collects("episode.release_appointment_date") and appointment <= world.today:
        episode["release_appointment_date"] = appointment
