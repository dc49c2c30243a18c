"""The records of the data entry tool: a column per data item, made from the definition."""

from __future__ import annotations

import datetime
import uuid
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from det.definition import core_dataset
from det.fields import constraints, is_stored, model_field
from validation.dataset import DataItem
from validation.engine import ABOUT_BLANKS


def stored_items(section: str) -> list[DataItem]:
    """The data items that a record of the section has columns for, of all datasets, in the order of the screen."""
    return [item for item in core_dataset().items_of(section) if is_stored(item)]


class Agency(models.Model):
    """A treatment provider's unit that reports one of the datasets (standard, 3.1)."""

    code = models.CharField(max_length=5, unique=True)
    name = models.CharField(max_length=100)
    dataset = models.CharField(max_length=2)
    provider = models.CharField(max_length=100, blank=True)
    """Whose agency it is: a person may work for several agencies of one provider."""
    region = models.CharField(max_length=40, blank=True)
    local_authority = models.CharField(max_length=9, blank=True)
    opened_on = models.DateField(null=True, blank=True)
    closed_on = models.DateField(null=True, blank=True)
    last_number = models.PositiveIntegerField(default=0)
    """The last number from which the tool made an identifier."""
    checked_on = models.DateField(null=True, blank=True)
    """The day for which the stored findings hold; some rules look at the day."""
    checked_by = models.CharField(max_length=64, blank=True)
    """The edition of the core dataset by whose rules they were found."""

    class Meta:
        verbose_name_plural = "agencies"
        constraints = [
            models.CheckConstraint(
                condition=Q(opened_on=None) | Q(closed_on=None) | Q(closed_on__gte=F("opened_on")),
                name="agency_closed_after_opened",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"

    def clean(self) -> None:
        """Raises ValidationError for a dataset, region or local authority that the definition does not have."""
        definition = core_dataset()
        authorities = definition.lists["local_authority"].codes
        wrong = {
            field: f"{getattr(self, field)} is not in the list."
            for field, known in (
                ("dataset", definition.datasets),
                ("region", ("", *definition.regions)),
                ("local_authority", ("", *authorities)),
            )
            if getattr(self, field) not in known
        }
        if self.opened_on and self.closed_on and self.closed_on < self.opened_on:
            wrong["closed_on"] = "The agency cannot close before it opens."
        if wrong:
            raise ValidationError(wrong)


R = TypeVar("R", bound=models.Model)


class LiveManager(models.Manager[R]):
    """Records that are not deleted."""

    def get_queryset(self) -> models.QuerySet[R]:
        return super().get_queryset().filter(deleted_at=None)


class Record(models.Model):
    """What all records have. Deleted records stay for 30 days, so that they can be restored."""

    section: str

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField(default=1)
    """Counts the saves, so that two people on one record are noticed."""
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    changed_at = models.DateTimeField(default=timezone.now, editable=False)
    changed_by = models.CharField(max_length=254, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    set_aside = models.JSONField(default=dict, blank=True)
    """Field -> text of answers that are not asked now: neither judged nor sent, and back when they are asked again."""
    before = models.JSONField(default=dict, blank=True)
    """Field -> text before the last save, of what it changed, so that it can be undone."""
    saved_pages = models.JSONField(default=list, blank=True)
    """The form pages that somebody has saved: one that nobody has is quiet about blanks."""

    objects = models.Manager()
    live: ClassVar[LiveManager[Any]] = LiveManager()

    class Meta:
        abstract = True

    if TYPE_CHECKING:
        # The columns that are made from the definition, which a type checker cannot see.
        def __getattr__(self, name: str) -> Any: ...

    def __str__(self) -> str:
        return f"{self.section} {self.pk}"

    def value(self, field: str) -> str:
        """The item's value as text, as the extract writes it; '' for blank."""
        value = getattr(self, field)
        if value is None:
            return ""
        return f"{value:%d/%m/%Y}" if isinstance(value, datetime.date) else str(value)

    def values(self) -> dict[str, str]:
        """Field -> value as text, of all stored items."""
        return {item.field: self.value(item.field) for item in stored_items(self.section)}

    def answers(self) -> dict[str, str]:
        """Field -> the answer as text, be it that it is set aside."""
        return {
            field: text or self.set_aside.get(field, "") for field, text in self.values().items()
        }

    @property
    def owners(self) -> list[Record]:
        """What it belongs to, the nearest first."""
        parent: Record | None = self.parent  # type: ignore[attr-defined]
        return [] if parent is None else [parent, *parent.owners]

    @property
    def identifier(self) -> str:
        return self.value(core_dataset().sections[self.section].id_field)

    def set_values(self, values: dict[str, Any]) -> None:
        for field, value in values.items():
            setattr(self, field, value)


def unique_within_agency(field: str, section: str) -> models.UniqueConstraint:
    return models.UniqueConstraint(fields=["agency", field], name=f"{section}_{field}_unique")


class Client(Record):
    """A person in treatment: two initials, never a name; never an address."""

    section = "client"

    class Meta:
        constraints = [
            *constraints("client", stored_items("client")),
            unique_within_agency("client_id", "client"),
            models.CheckConstraint(condition=~Q(client_id=""), name="client_id_given"),
        ]
        indexes = [
            models.Index(
                fields=["agency", "first_initial", "last_initial", "birth_date"],
                name="client_attributor",
            )
        ]

    @property
    def client(self) -> Client:
        return self

    @property
    def parent(self) -> Client | None:
        return None


class Episode(Record):
    """A period of contact with the agency, from referral to discharge (standard, glossary)."""

    section = "episode"
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="episodes")

    class Meta:
        constraints = [
            *constraints("episode", stored_items("episode")),
            unique_within_agency("episode_id", "episode"),
            models.CheckConstraint(condition=~Q(episode_id=""), name="episode_id_given"),
            models.CheckConstraint(
                condition=Q(discharge_date__isnull=True, discharge_reason="")
                | (Q(discharge_date__isnull=False) & ~Q(discharge_reason="")),
                name="episode_discharge_date_and_reason",
            ),
        ]

    @property
    def parent(self) -> Client:
        return self.client


class EpisodeRecord(Record):
    """A record of which an episode has a list."""

    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="%(class)ss")

    class Meta:
        abstract = True

    @property
    def client(self) -> Client:
        return self.episode.client

    @property
    def parent(self) -> Episode:
        return self.episode


class Intervention(EpisodeRecord):
    """An intervention (modality) of an episode."""

    section = "intervention"

    class Meta:
        constraints = [
            *constraints("intervention", stored_items("intervention")),
            unique_within_agency("intervention_id", "intervention"),
        ]


class SubInterventionReview(EpisodeRecord):
    """A sub intervention review (SIR): what the interventions consisted of."""

    section = "sub_intervention_review"

    class Meta:
        constraints = [
            *constraints("sub_intervention_review", stored_items("sub_intervention_review")),
            unique_within_agency("review_id", "sub_intervention_review"),
        ]


class OutcomesProfile(EpisodeRecord):
    """An outcomes profile: the TOP or the YPOR."""

    section = "outcomes_profile"

    class Meta:
        constraints = [
            *constraints("outcomes_profile", stored_items("outcomes_profile")),
            unique_within_agency("profile_id", "outcomes_profile"),
        ]


class ClientInformationReview(EpisodeRecord):
    """A client information review (CIR): what has changed about the client."""

    section = "client_information_review"

    class Meta:
        constraints = [
            *constraints("client_information_review", stored_items("client_information_review")),
            unique_within_agency("review_id", "client_information_review"),
        ]


RECORDS: dict[str, type[Record]] = {
    model.section: model
    for model in (
        Client,
        Episode,
        Intervention,
        SubInterventionReview,
        OutcomesProfile,
        ClientInformationReview,
    )
}


def new_record(agency: Agency, section: str, parent: Record | None) -> Record:
    """A record that is not saved yet, of a client or an episode; a client has no parent."""
    record: Any = RECORDS[section](agency=agency, version=0)
    if isinstance(parent, Client):
        record.client = parent
    elif isinstance(parent, Episode):
        record.episode = parent
    return cast(Record, record)


for _section, _model in RECORDS.items():
    for _item in stored_items(_section):
        model_field(_item).contribute_to_class(_model, _item.field)


FindingKey = tuple[uuid.UUID, str, str, uuid.UUID, str]
"""Client, rule, part, record, item."""


class Finding(models.Model):
    """What a rule found in a client's records; kept current by every save."""

    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="findings")
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="findings")
    episode = models.ForeignKey(
        Episode, null=True, on_delete=models.CASCADE, related_name="findings"
    )
    """Null for a finding on a client item, which counts against all of the client's episodes."""
    rule = models.CharField(max_length=5)
    part = models.CharField(max_length=1, blank=True)
    severity = models.CharField(max_length=10)
    section = models.CharField(max_length=30)
    record = models.UUIDField()
    item = models.CharField(max_length=80)
    value = models.CharField(max_length=200, blank=True)
    message = models.CharField(max_length=500)
    basis = models.TextField(blank=True)
    explained = models.BooleanField(default=False)

    TOLD = (
        "agency_id",
        "episode_id",
        "severity",
        "section",
        "value",
        "message",
        "basis",
        "explained",
    )
    """The fields in which a finding may change and still be the same finding."""

    class Meta:
        indexes = [models.Index(fields=["agency", "severity", "explained"], name="finding_open")]
        constraints = [
            models.UniqueConstraint(
                fields=["client", "rule", "part", "record", "item"], name="finding_unique"
            )
        ]

    def __str__(self) -> str:
        return f"{self.rule}{self.part} {self.item}"

    @property
    def identity(self) -> FindingKey:
        """What it is: a save that does not mend it leaves it the same finding."""
        return self.client_id, self.rule, self.part, self.record, self.item

    @property
    def is_about_blank(self) -> bool:
        """Whether it says that an answer is missing."""
        return core_dataset().rules[self.key].kind in ABOUT_BLANKS

    @property
    def told(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in self.TOLD)

    @property
    def key(self) -> str:
        """The rule with its part, as rules.csv names it."""
        return f"{self.rule}{self.part}"

    @property
    def place(self) -> dict[str, Any]:
        """What names a finding, and the explanation of it, whatever its row."""
        return {
            "client": self.client_id,
            "rule": self.rule,
            "part": self.part,
            "record": self.record,
            "item": self.item,
        }


class Explanation(models.Model):
    """Why a warning may stand; it holds until a value that the warning rests on changes."""

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="explanations")
    rule = models.CharField(max_length=5)
    part = models.CharField(max_length=1, blank=True)
    record = models.UUIDField()
    item = models.CharField(max_length=80)
    basis = models.TextField(blank=True)
    text = models.CharField(max_length=500)
    explained_by = models.CharField(max_length=254)
    explained_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["client", "rule", "part", "record", "item"], name="explanation_unique"
            )
        ]

    def __str__(self) -> str:
        return f"{self.rule}{self.part} {self.item}"

    @property
    def identity(self) -> FindingKey:
        """Which finding it explains."""
        return self.client_id, self.rule, self.part, self.record, self.item


class SpentForm(models.Model):
    """A form that was carried out: sent once more, it leads to what it did (det/views/once.py)."""

    number = models.UUIDField(primary_key=True)
    at = models.DateTimeField(default=timezone.now)
    address = models.CharField(max_length=200, blank=True)
    """Where the answer to the first press led."""
    sent = models.CharField(max_length=64, blank=True)
    """By which to see whether it is sent again as it was."""
    record = models.UUIDField(null=True)
    """The record that it added, if it was one; `page` is the page of its form."""
    page = models.CharField(max_length=50, blank=True)

    def __str__(self) -> str:
        return str(self.number)
