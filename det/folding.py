"""Groups of questions that a record hardly ever needs, given what else its episode holds (groups.csv, goes_with)."""

from __future__ import annotations

from collections.abc import Container

from det.definition import core_dataset
from det.models import RECORDS, Episode, Record
from det.pages import Page
from validation.dataset import DataItem, Group


def hardly_needed(page: Page, record: Record, told: Container[str]) -> set[str]:
    """The ids of the page's groups that go with a kind of record of which the episode has others, but none of this.

    A group is needed all the same where one of its questions has an answer other than no, or is among the fields that
    are `told` of.
    """
    return {
        group.id
        for group, items in page.groups
        if group.goes_with
        and _is_of_another_kind(group, record)
        and not any(item.field in told or _is_answered(item, record) for item in items)
    }


def _is_of_another_kind(group: Group, record: Record) -> bool:
    if group.goes_with is None or not isinstance(record.parent, Episode):
        return False
    name, meanings = group.goes_with
    item = core_dataset().by_name[name]
    given = RECORDS[item.record].live.filter(episode=record.parent).exclude(**{item.field: ""})
    answers = set(given.values_list(item.field, flat=True))
    return bool(answers) and not answers & set(
        core_dataset().meaning(item.reference_list, *meanings)
    )


def _is_answered(item: DataItem, record: Record) -> bool:
    answer = record.value(item.field)
    answers = core_dataset().lists.get(item.reference_list)
    return bool(answer) and not (answers and answer in answers.meaning("no"))
