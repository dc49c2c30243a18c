"""Groups of questions that a record hardly ever needs, given what else its episode holds (groups.csv, goes_with)."""

from __future__ import annotations

from collections.abc import Container

from det.definition import core_dataset
from det.models import RECORDS, Episode, Record
from det.pages import Page
from validation.dataset import DataItem


def hardly_needed(page: Page, record: Record, told: Container[str]) -> set[str]:
    """The ids of the page's groups that go with a kind of record of which the episode has others, but none of this.

    A group is needed all the same where one of its questions has an answer other than no, or is among the fields that
    are `told` of.
    """
    unanswered = [
        group
        for group, items in page.groups
        if group.goes_with
        and not any(item.field in told or _is_answered(item, record) for item in items)
    ]
    wanted = {group.goes_with for group in unanswered if group.goes_with}
    lacking = {kind for kind in wanted if _has_only_others(record, *kind)}
    return {group.id for group in unanswered if group.goes_with in lacking}


def _has_only_others(record: Record, name: str, meanings: tuple[str, ...]) -> bool:
    """Whether the episode has answers to the item in one of its lists, but none with one of the meanings."""
    if not isinstance(record.parent, Episode):
        return False
    item = core_dataset().by_name[name]
    given = RECORDS[item.record].live.filter(episode=record.parent).exclude(**{item.field: ""})
    answers = set(given.values_list(item.field, flat=True))
    return bool(answers) and answers.isdisjoint(
        core_dataset().meaning(item.reference_list, *meanings)
    )


def _is_answered(item: DataItem, record: Record) -> bool:
    answer = record.value(item.field)
    answers = core_dataset().lists.get(item.reference_list)
    return bool(answer) and not (answers and answer in answers.meaning("no"))
