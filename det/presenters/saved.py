"""What is said after a save: one sentence or two about what was saved, what is not asked any more, and what is new."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from det.answers import shown
from det.definition import core_dataset
from det.forms.ending import DISCHARGED, EndingForm, called
from det.models import Finding, Record
from det.pages import Page
from det.presenters.words import count, title
from det.services import Arranged, Saved
from validation.dataset import DataItem

FOLLOWS = "Nothing has changed: whether this is asked follows from other answers. Change those."
"""Said of a save that only set answers aside, or took them back: taken back, it is made again at once."""


def banner(saved: Saved, page: Page, taken: Iterable[str], blanks: int) -> SafeString:
    """What the next page says. `taken`: what was read of answers that were not typed literally; `blanks`: how many
    answers of the page are missing."""
    said = f"{page.title} saved" if saved.is_changed else f"{page.title}: nothing has changed"
    missing = f"; {count(blanks, 'answer')} missing" if blanks else ""
    parts = [
        format_html("{}{}.", said, missing),
        *taken,
        *_follows(saved),
    ]
    return _joined(parts)


def ended(form: EndingForm, saves: Sequence[Saved]) -> SafeString:
    """What the next page says after the interventions of a discharge were asked about."""
    number = len(form.ended)
    errors = [f for saved in saves for f in saved.findings if f.severity == "error"]
    parts = [
        f"{count(number, 'intervention')} ended." if number else "No intervention was ended.",
        *_outdated(form),
        *form.taken,
        *(
            f"“{called(one)}” goes on: it has no end date and no exit status any more."
            for one in form.going_on
        ),
        *(part for saved in saves for part in _follows(saved)),
        *([f"{heading(errors)}."] if errors else []),
    ]
    return _joined(parts)


def _outdated(form: EndingForm) -> list[str]:
    """What is said where the page had filled in a day on which the discharge is not any more."""
    if not form.outdated:
        return []
    item = core_dataset().by_name[f"{form.episode.section}.{DISCHARGED}"]
    before, now = (shown(item, day) for day in (form.outdated, form.episode.value(DISCHARGED)))
    return [
        f"“{item.question}” was {before} when you opened the page, and is {now or 'blank'} now: "
        "check the end date."
    ]


def undone(saved: Saved) -> SafeString:
    """What the next page says after a save was taken back."""
    if not saved.is_changed:
        return _joined([FOLLOWS])
    return _joined(["The change is undone.", *_follows(saved)])


def not_undone(record: Record, version: int) -> str:
    """What is said where the save that made the record `version` cannot be taken back."""
    if record.version != version:
        return f"{title(record)} was saved again since. Nothing was undone."
    return f"{title(record)} has not been changed. There is nothing to undo."


def _follows(saved: Saved) -> list[str]:
    """What else a save has changed, with the way back where it has set something aside."""
    record = saved.record
    parts = [
        *_filled(saved),
        *arranged_in_words(saved.arranged),
    ]
    if saved.needs_way_back:
        address = reverse("record-undo", args=[record.section, record.pk, record.version])
        parts.append(
            format_html(
                '<a class="govuk-notification-banner__link" href="{}">Undo this change</a>', address
            )
        )
    return parts


def _joined(parts: Iterable[str]) -> SafeString:
    return format_html_join(" ", "{}", ((part,) for part in parts))


def _filled(saved: Saved) -> list[str]:
    return [
        f"{item.question} was filled in: {answer}. Change it if it differs."
        for item in saved.arranged.filled
        if item.record == saved.record.section
        and (answer := shown(item, saved.record.value(item.field)))
    ]


def arranged_in_words(arranged: Arranged) -> list[str]:
    """What is said of answers that went or came back because another answer, or a record, did."""
    gone, aside, back = (
        "followed from what has changed, and {} blank now",
        "{} not asked any more and {} set aside",
        "{} asked again and {} back",
    )
    return [
        *_about(arranged.emptied, gone),
        *_about(arranged.set_aside, aside),
        *_about(arranged.back, back),
    ]


def _about(items: Iterable[DataItem], what: str) -> list[str]:
    """A sentence about the questions; `{}` in it is the verb."""
    questions = list(dict.fromkeys(item.question for item in items))
    if not questions:
        return []
    if len(questions) == 1:
        return [f"“{questions[0]}” {what.replace('{}', 'is')}."]
    return [f"{len(questions)} answers {what.replace('{}', 'are')}: {'; '.join(questions)}."]


def heading(findings: Iterable[Finding]) -> str:
    """The heading over what a save has brought up: `Saved, with 1 error and 2 warnings to look at`."""
    severities = [finding.severity for finding in findings]
    parts = [
        count(severities.count(severity), severity)
        for severity in ("error", "warning")
        if severity in severities
    ]
    return f"Saved, with {' and '.join(parts)} to look at"
