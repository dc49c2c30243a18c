"""Records to look at, made without the pages."""

from __future__ import annotations

from typing import Any

from det import services
from det.checking import recheck_agency, today
from det.definition import core_dataset
from det.demo.caseload import make_records
from det.importing import store_records
from det.models import Client, Episode, Finding, Record
from ndtms.accounts.models import User
from tests.browser.steps import some_answer, written
from validation.dataset import DataItem


def store_demo(user: User, clients: int, flaws: float = 0) -> None:
    """Made-up clients for the agency of the user; the second one has not consented."""
    agency = user.agency
    assert agency
    records = make_records(
        core_dataset(), agency.dataset, clients=clients, seed=1, today=today(), flaws=flaws
    )
    store_records(agency=agency, records=records)
    recheck_agency(agency)


def add(user: User, section: str, parent: Record | None = None, **values: str) -> Any:
    return services.add_record(user=user, section=section, parent=parent, values=values).record


def add_one_of_each(user: User) -> dict[str, Record]:
    """Section -> a record in which next to nothing is answered, all of one client."""
    client = add(user, "client", consent=core_dataset().meaning("consent", "given")[0])
    episode = add(user, "episode", client)
    children = {name: add(user, name, episode) for name in core_dataset().children}
    return {"client": client, "episode": episode, **children}


def change(user: User, record: Record, **values: str) -> None:
    """Somebody saves the record."""
    current: Any = type(record).live.get(pk=record.pk)
    services.change_record(user=user, record=current, values=values)


def typed(item: DataItem, dataset: str) -> str:
    """An answer to any item, as the extract writes it."""
    if item.type == "date":
        return written(20)
    return "THEIRS" if item.type == "identifier" else some_answer(item, dataset)


def a_warning(client: Client) -> Finding:
    found = Finding.objects.filter(client=client, severity="warning", explained=False).first()
    assert found
    return found


def a_client(user: User, **which: Any) -> Client:
    found = Client.live.filter(agency=user.agency, **which).first()
    assert found
    return found


def closed_episode(user: User) -> Episode:
    found = Episode.live.filter(agency=user.agency).exclude(discharge_date=None).first()
    assert found
    return found
