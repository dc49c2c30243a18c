"""Reads. Every selector takes the user and sees nothing outside the user's agency."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any, Protocol
from uuid import UUID

from django.db.models import (
    Case,
    CharField,
    Count,
    F,
    Max,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Concat

from det.definition import core_dataset
from det.deleted import is_restorable, restorable_since
from det.models import (
    RECORDS,
    Agency,
    Client,
    Episode,
    Explanation,
    Finding,
    Intervention,
    Record,
)
from det.search import conditions, plain
from validation.rules import GROUPS

RELATED: dict[str, list[str]] = {
    section: {"client": [], "episode": ["client"]}.get(section, ["episode__client"])
    for section in RECORDS
}
"""Section -> what select_related is told, so that a record's client is at hand."""


class User(Protocol):
    """What the tool asks of a user: somebody who works for an agency."""

    @property
    def agency(self) -> Any: ...

    @property
    def agency_id(self) -> Any: ...

    @property
    def email(self) -> str: ...


class NotFound(Exception):
    """There is no such record for this user, be it that it is another agency's."""


@dataclass(frozen=True)
class Quality:
    """How good a caseload is: whole percentages, rounded down, and the counts behind them.

    A caseload without episodes is neither good nor bad: its percentages are None.
    """

    episodes: int
    with_errors: int
    with_warnings: int

    @property
    def load(self) -> int | None:
        return percentage(self.episodes, self.with_errors)

    @property
    def data_quality(self) -> int | None:
        return percentage(self.episodes, self.with_warnings)


def percentage(total: int, flawed: int) -> int | None:
    """The share without a flaw, rounded down so that 100 means none; None of nothing."""
    return 100 * (total - flawed) // total if total else None


def clients_for(user: User) -> QuerySet[Client]:
    """The live clients of the user's agency."""
    return Client.live.filter(agency_id=user.agency_id)


def clients_by_key(agency: Agency, keys: Iterable[str]) -> dict[str, Client]:
    """Key as text -> client, of an agency's clients, some of whom findings of a transfer are about."""
    found = Client.objects.filter(agency=agency, pk__in=set(keys))
    return {str(client.pk): client for client in found}


def restorable(user: User, section: str) -> QuerySet[Any]:
    """The deleted records of a section that can still be restored, the latest first."""
    return RECORDS[section].objects.filter(
        agency_id=user.agency_id, deleted_at__gte=restorable_since()
    )


LATEST = F("last_triage").desc(nulls_first=True)
SORTS: dict[str, tuple[Any, ...]] = {
    "": (LATEST, "client_id"),
    "person": ("first_initial", "last_initial", "birth_date", "client_id"),
    "client_id": ("client_id",),
    "reference": ("client_reference", "client_id"),
    "triage": (F("last_triage").asc(nulls_last=True), "client_id"),
}
"""What the list of clients can be sorted by; '' is by the latest triage, those who have none first."""


def search_clients(
    user: User, *, text: str = "", show: str = "", sort: str = ""
) -> QuerySet[Client]:
    """The clients that fit what was typed (see det.search), annotated with `last_triage`.

    `show`: '' all, 'open' with an open episode, 'errors', 'warnings', 'deleted' those that can be restored. `sort`: one
    of SORTS; clients without consent come last, because they have nothing to sort by. Counts: see with_counts.
    """
    clients = restorable(user, "client") if show == "deleted" else clients_for(user)
    if text:
        # Not selected: it is asked about, and nobody is shown it.
        clients = clients.alias(plain=plain()).filter(*conditions(text))
    if show == "open":
        clients = clients.filter(pk__in=_with_open_episode(user))
    elif show in ("errors", "warnings"):
        severity = show.removesuffix("s")
        clients = clients.filter(pk__in=_open_findings(user, severity).values("client"))
    refused = core_dataset().meaning("consent", "refused")
    # A query of its own for each: joined, the database would group by every column of the client.
    triages = Episode.live.filter(client=OuterRef("pk")).values("client")
    return clients.annotate(
        last_triage=Subquery(triages.annotate(last=Max("triage_date")).values("last")),
        without_consent=Case(When(consent__in=refused, then=1), default=0),
    ).order_by("without_consent", *SORTS.get(sort, SORTS[""]), "pk")


def no_clients() -> QuerySet[Client]:
    """Whom a search that makes no sense finds."""
    return Client.objects.none()


def _with_open_episode(user: User) -> QuerySet[Any, Any]:
    return Episode.live.filter(agency_id=user.agency_id, discharge_date=None).values("client")


def _open_findings(user: User, severity: str) -> QuerySet[Finding]:
    return Finding.objects.filter(agency_id=user.agency_id, severity=severity, explained=False)


@dataclass(frozen=True)
class Listed:
    """A client of the list, with what is counted only for the few that are shown."""

    client: Client
    errors: int
    warnings: int
    is_open: bool


def with_counts(user: User, clients: Iterable[Client]) -> list[Listed]:
    """The clients, each with its open findings and whether an episode is open."""
    shown = list(clients)
    keys = [client.pk for client in shown]
    is_open = set(_with_open_episode(user).filter(client__in=keys).values_list("client", flat=True))
    # As on the client's page: what two rules say of one answer in the same words is one thing.
    told = (
        Finding.objects.filter(agency_id=user.agency_id, client__in=keys, explained=False)
        .values_list("client", "severity", "record", "item", "message")
        .distinct()
    )
    counts = Counter((key, severity) for key, severity, *_ in told)
    return [
        Listed(
            client,
            errors=counts[client.pk, "error"],
            warnings=counts[client.pk, "warning"],
            is_open=client.pk in is_open,
        )
        for client in shown
    ]


def client_for(user: User, key: UUID) -> Client:
    """One client of the user's agency. Raises NotFound."""
    return record_for(user, "client", key).client


def record_for(user: User, section: str, key: UUID, *, deleted: bool = False) -> Record:
    """One record of the user's agency, with its client at hand. Raises NotFound."""
    model = RECORDS.get(section)
    if model is None:
        raise NotFound
    records = model.objects if deleted else model.live
    record = (
        records.filter(agency_id=user.agency_id, pk=key)
        .select_related("agency", *RELATED[section])
        .first()
    )
    if record is None or (not deleted and _parent_deleted(record)):
        raise NotFound
    return record


def record_anywhere(user: User, key: UUID) -> Record:
    """A record of the user's agency of whatever section, be it deleted. Raises NotFound."""
    for section in RECORDS:
        try:
            return record_for(user, section, key, deleted=True)
        except NotFound:
            continue
    raise NotFound


def _parent_deleted(record: Record) -> bool:
    parent = record.parent
    return parent is not None and (parent.deleted_at is not None or _parent_deleted(parent))


@dataclass(frozen=True)
class ClientFile:
    """All that is known of one client. The records have their client, episode and agency at hand."""

    client: Client
    episodes: list[Episode]
    """The live ones, the latest first."""
    lists: dict[UUID, dict[str, list[Record]]]
    """Episode -> section -> its live records, by date and identifier, as the extract has them."""
    findings: list[Finding]
    deleted: list[Record]
    """What was deleted and can still be restored, the latest first; its parent may be deleted as well."""

    @property
    def records(self) -> Iterator[Record]:
        """The live ones: of the client, of the episodes and of their lists."""
        yield self.client
        yield from self.episodes
        for lists in self.lists.values():
            for records in lists.values():
                yield from records


def client_file(user: User, key: UUID) -> ClientFile:
    """One client of the user's agency with everything, in a query a section. Raises NotFound."""
    return file_of(client_for(user, key))


def file_of(client: Client) -> ClientFile:
    """Everything of a client that was found before."""
    episodes = list(
        Episode.objects.filter(client=client).order_by(
            F("triage_date").desc(nulls_first=True), "episode_id"
        )
    )
    by_key = {episode.pk: episode for episode in episodes}
    for episode in episodes:
        episode.client, episode.agency = client, client.agency
    live = [episode for episode in episodes if episode.deleted_at is None]
    lists: dict[UUID, dict[str, list[Record]]] = {
        episode.pk: {section: [] for section in core_dataset().children} for episode in live
    }
    deleted: list[Record] = [episode for episode in episodes if episode.deleted_at is not None]
    for section in core_dataset().children:
        for record in _of_episodes(section, by_key.values()):
            record.episode, record.agency = by_key[record.episode_id], client.agency
            if record.deleted_at is not None:
                deleted.append(record)
            elif record.episode_id in lists:
                lists[record.episode_id][section].append(record)
    deleted = [record for record in deleted if is_restorable(record)]
    deleted.sort(key=lambda record: str(record.deleted_at), reverse=True)
    return ClientFile(client, live, lists, _findings_of(client), deleted)


def _of_episodes(section: str, episodes: Iterable[Episode]) -> QuerySet[Any]:
    """All records of a section, deleted or not, of some episodes, by date and identifier."""
    details = core_dataset().sections[section]
    model: Any = RECORDS[section]
    records: QuerySet[Any] = model.objects.filter(episode__in=list(episodes))
    return records.order_by(F(details.date_field).asc(nulls_last=True), details.id_field)


def left_open(record: Record) -> list[Record]:
    """The interventions of a discharged episode that have started and have no end; [] for any other record."""
    if not isinstance(record, Episode) or record.discharge_date is None:
        return []
    open_ones = Intervention.live.filter(end_date=None).exclude(start_date=None)
    return _of_episode(open_ones, record)


def interventions_of(episode: Record, keys: Collection[UUID]) -> list[Record]:
    """The interventions of an episode with the keys, be they deleted, as left_open orders them."""
    return _of_episode(Intervention.objects.filter(pk__in=keys), episode)


def _of_episode(interventions: QuerySet[Any], episode: Record) -> list[Record]:
    found = interventions.filter(episode=episode.pk).select_related("episode__client", "agency")
    return list(found.order_by("start_date", "intervention_id"))


def _findings_of(client: Client) -> list[Finding]:
    findings = list(client.findings.order_by("severity", "section", "record", "pk"))
    for finding in findings:
        finding.client, finding.agency = client, client.agency
    return findings


def belongings(record: Record) -> dict[str, int]:
    """Section -> how many live records go with a record when it is deleted; only those of which there are any."""
    if record.section not in ("client", "episode"):
        return {}
    path = {"client": "episode__client", "episode": "episode"}[record.section]
    counts = {"episode": 0}
    if record.section == "client":
        counts["episode"] = Episode.live.filter(client=record.pk).count()
    for section in core_dataset().children:
        found = RECORDS[section].live.filter(**{path: record.pk}, episode__deleted_at=None)
        counts[section] = found.count()
    return {section: number for section, number in counts.items() if number}


def as_opened(going: dict[str, int]) -> dict[str, str]:
    """The belongings of a record, as the page opens that asks before it is deleted."""
    return {section: f"{number}" for section, number in going.items()}


def quality_of(agency: Agency) -> Quality:
    """Load % and data quality % of the whole caseload, from the stored findings."""
    refused = core_dataset().meaning("consent", "refused")
    episodes = Episode.live.filter(agency=agency, client__deleted_at=None).exclude(
        client__consent__in=refused
    )

    def flawed(severity: str) -> Count:
        findings = Finding.objects.filter(agency=agency, severity=severity, explained=False)
        # Two lists of keys: asked about each episode in turn, SQLite would go through all findings for each.
        of_episode = Q(pk__in=findings.exclude(episode=None).values("episode"))
        of_client = Q(client__in=findings.filter(episode=None).values("client"))
        return Count("pk", filter=of_episode | of_client)

    counts = episodes.aggregate(
        episodes=Count("pk"), with_errors=flawed("error"), with_warnings=flawed("warning")
    )
    return Quality(**counts)


def findings_of_record(record: Record) -> list[Finding]:
    """The stored findings on the items of one record, errors first."""
    return list(
        Finding.objects.filter(client=record.client, record=record.pk)
        .select_related("client")
        .order_by("severity", "pk")
    )


@dataclass(frozen=True)
class Cause:
    """One thing to do in the caseload: what a rule finds in an item, be it that another rule finds the same."""

    rule: str
    """Id and part."""
    item: str
    severity: str
    message: str
    findings: int
    clients: int


def causes(user: User) -> list[Cause]:
    """What the rules find in the caseload, by rule and item: errors first, then what concerns most clients.

    Rules that say the same of an item in the same words are one cause, under the first of them.
    """
    rows = (
        Finding.objects.filter(agency_id=user.agency_id, explained=False)
        .annotate(key_text=Concat("rule", "part"))
        .annotate(wording=_first_with_the_same_words())
        .values("wording", "item", "severity")
        .annotate(
            first=Min("key_text"),
            findings=Count("record", distinct=True),
            clients=Count("client", distinct=True),
            message=Max("message"),
        )
    )
    found = [
        Cause(
            row["first"],
            row["item"],
            row["severity"],
            row["message"],
            row["findings"],
            row["clients"],
        )
        for row in rows
    ]
    return sorted(found, key=lambda c: (c.severity, -c.clients, c.rule, c.item))


def rules_alike(key: str) -> list[str]:
    """The rules of the same severity that say the same words as a rule, which is one of them; [] for no rule."""
    rules = core_dataset().rules
    rule = rules.get(key)
    if rule is None:
        return []
    return [k for k, r in rules.items() if (r.severity, r.message) == (rule.severity, rule.message)]


def _first_with_the_same_words() -> Case:
    """For each finding the first rule with the words of its rule; with the item that is what there is to do."""
    groups: dict[str, Q] = {}
    for key, rule in core_dataset().rules.items():
        first, *others = rules_alike(key)
        if others:
            groups[first] = groups.get(first, Q()) | Q(rule=rule.id, part=rule.part)
    return Case(
        *(When(alike, then=Value(first)) for first, alike in groups.items()),
        default=F("key_text"),
        output_field=CharField(),
    )


def findings_of_cause(user: User, rule: str, item: str) -> QuerySet[Finding]:
    """The open findings of one cause, one for each record, by client; none of a rule or item that is not there."""
    alike = rules_alike(rule)
    if not alike or item not in core_dataset().by_name:
        return Finding.objects.none()
    found = (
        Finding.objects.filter(agency_id=user.agency_id, item=item, explained=False)
        .annotate(key_text=Concat("rule", "part"))
        .filter(key_text__in=alike)
    )
    firsts = found.order_by().values("record").annotate(first=Min("pk")).values("first")
    return (
        Finding.objects.filter(pk__in=firsts)
        .select_related("client", "agency")
        .order_by("client__client_id", "record")
    )


def records_with(findings: Iterable[Finding]) -> dict[UUID, Record]:
    """Key -> the records on which the findings are, each with its client and agency at hand; a query a section."""
    keys: dict[str, set[UUID]] = {}
    for finding in findings:
        keys.setdefault(finding.section, set()).add(finding.record)
    found: dict[UUID, Record] = {}
    for section, wanted in keys.items():
        records = RECORDS[section].live.filter(pk__in=wanted)
        found |= {r.pk: r for r in records.select_related("agency", *RELATED[section])}
    return found


def warning_for(user: User, record: UUID, key: str, field: str) -> Finding:
    """The warning of a rule (id and part) about an item of a record of the agency. Raises NotFound."""
    finding = (
        Finding.objects.filter(agency_id=user.agency_id, severity="warning", record=record)
        .annotate(key_text=Concat("rule", "part"))
        .filter(key_text=key, item__endswith=f".{field}")
        .select_related("client__agency", "agency")
        .first()
    )
    if finding is None:
        raise NotFound
    return finding


def same_warnings(finding: Finding) -> list[Finding]:
    """The warnings that are dealt with together, the given one among them.

    They are those on the same answer in the same words, and, where the rule is about a group of records, those of the
    others in the group.
    """
    alike = (
        Finding.objects.filter(agency=finding.agency_id, item=finding.item, severity="warning")
        .annotate(key_text=Concat("rule", "part"))
        .filter(key_text__in=rules_alike(finding.key))
    )
    together = Q(record=finding.record)
    if finding.key in GROUPS:
        together |= Q(key_text=finding.key, basis=finding.basis)
    return list(alike.filter(together).select_related("client__agency", "agency").order_by("pk"))


def explanations_of(together: Iterable[Finding]) -> list[Explanation]:
    """The explanations that stand for warnings that are dealt with together (same_warnings), the latest first."""
    of_these = [Q(**finding.place, basis=finding.basis) for finding in together]
    stands = Explanation.objects.filter(reduce(or_, of_these, Q(pk=None)))
    return list(stands.order_by("-explained_at", "-pk"))
