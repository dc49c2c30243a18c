"""How records, people and numbers are called."""

from __future__ import annotations

from det.answers import shown
from det.definition import core_dataset
from det.models import Client, Record, stored_items


def title(record: Record) -> str:
    """How a record is called: `Episode E000001`."""
    return f"{core_dataset().sections[record.section].title} {record.identifier}"


def tab(record: Record, page: str = "") -> str:
    """The title of a page about a record: it tells tabs apart, and nobody who the client is (decision 16).

    A record that is not saved yet is not named.
    """
    sections = core_dataset().sections
    parts = [] if page == sections[record.section].title else [page]
    for named in (record, record.client):
        if named.version:
            parts.append(f"{sections[named.section].title} {named.pk.hex[:4].upper()}")
    return ", ".join(filter(None, dict.fromkeys(parts)))


def anchor(record: Record) -> str:
    return "" if record.parent is None else f"#{record.section}-{record.pk}"


def date_of(record: Record) -> str:
    """The date by which a record is placed in its episode, in full."""
    return _in_full(record.section, _date(record))


def which(record: Record) -> str:
    """Which record of its client it is, by kind and date; '' for the client, of whom there is one."""
    return "" if record.parent is None else placed(record.section, _date(record))


def placed(section: str, date: str) -> str:
    """A record by its section and the text of its date: `Intervention of 12 January 2026`."""
    return f"{core_dataset().sections[section].title} of {_in_full(section, date)}"


def _date(record: Record) -> str:
    return record.value(core_dataset().sections[record.section].date_field)


def _in_full(section: str, date: str) -> str:
    field = core_dataset().sections[section].date_field
    return shown(core_dataset().by_name[f"{section}.{field}"], date) or "no date"


def person(client: Client) -> str:
    """Two initials and the date of birth: how people tell clients apart here."""
    born = core_dataset().by_name["client.birth_date"]
    initials = f"{client.value('first_initial')}{client.value('last_initial')}" or "No initials"
    birth = client.value("birth_date")
    return f"{initials}, born {shown(born, birth)}" if birth else f"{initials}, no date of birth"


def about(record: Record) -> str:
    """What kind of record it is, where one of its coded items with few answers says so: the items tagged `kind`."""
    items = [i for i in stored_items(record.section) if "kind" in i.tags]
    return ", ".join(filter(None, (shown(i, record.value(i.field)) for i in items)))


def a(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"


def count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
