"""The form pages of a record: all of it on one page, or a page for each group (sections.csv, `pages`)."""

from __future__ import annotations

from dataclasses import dataclass

from det.definition import core_dataset
from det.fields import is_stored
from validation.dataset import DataItem, Group

ALL = "all"


@dataclass(frozen=True)
class Page:
    """One form page: its groups with their items, in order."""

    id: str
    title: str
    groups: tuple[tuple[Group, tuple[DataItem, ...]], ...]

    @property
    def items(self) -> tuple[DataItem, ...]:
        return tuple(item for _, items in self.groups for item in items)


def pages_of(section: str, dataset: str) -> list[Page]:
    """The form pages of a section in a dataset, in the order in which they are filled in."""
    definition = core_dataset()
    details = definition.sections[section]
    groups = tuple(
        (group, tuple(item for item in items if is_stored(item)))
        for group, items in definition.groups_of(section, dataset)
    )
    if details.pages == "section":
        return [Page(ALL, details.title, groups)]
    return [Page(group.id, group.title, ((group, items),)) for group, items in groups]


def page_of(section: str, dataset: str, page_id: str) -> Page | None:
    """The page with the id, or None."""
    return next((page for page in pages_of(section, dataset) if page.id == page_id), None)


def page_after(section: str, dataset: str, page: Page) -> Page | None:
    """The next page of the record, or None after the last. Who has just come is not asked about the discharge."""
    pages = pages_of(section, dataset)
    following = pages[[p.id for p in pages].index(page.id) + 1 :]
    return next((p for p in following if not discharges(p)), None)


def page_with(section: str, dataset: str, field: str) -> Page:
    """The page on which an item is asked; the first page for an item that is asked nowhere."""
    pages = pages_of(section, dataset)
    return next((p for p in pages if any(i.field == field for i in p.items)), pages[0])


def discharges(page: Page) -> bool:
    """True of the page on which an episode's discharge is given."""
    return any(item.name == "episode.discharge_date" for item in page.items)
