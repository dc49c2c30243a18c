"""Deleting, restoring, and what is removed for good; identifiers that deleted records hold."""

import datetime
import re
from typing import Any

import pytest
import time_machine
from django.contrib.messages import get_messages
from django.core.management import call_command
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from det.checking import recheck_agency
from det.definition import core_dataset
from det.models import RECORDS, Client, Episode, Explanation, Finding, Intervention, Record
from det.presenters.deleting import counted, delete_page, deleted_line, described
from det.presenters.findings import explain_address
from det.selectors import belongings, file_of, restorable
from det.services import delete_record
from ndtms.audit.models import AuditEvent
from tests.factories import (
    ClientFactory,
    EpisodeFactory,
    InterventionFactory,
    OutcomesProfileFactory,
    UserFactory,
)
from tests.forms import OpenForm, words_of
from tests.test_entering import add_client, answers, change_address

pytestmark = pytest.mark.django_db

LIST = reverse("client-list")


def address(verb: str, record: Record) -> str:
    return reverse(f"record-{verb}", args=[record.section, record.pk])


def delete(record: Record, *, days_ago: int = 0) -> None:
    record.deleted_at = timezone.now() - datetime.timedelta(days=days_ago)
    record.changed_by = "olive@example.org"
    record.save()


def told(response: Any) -> str:
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


def test_only_what_can_be_restored_is_offered(verified: Browser, user: Any) -> None:
    now = ClientFactory(agency=user.agency)
    before = ClientFactory(agency=user.agency)
    kept = EpisodeFactory(client__agency=user.agency)
    episode = EpisodeFactory(client=kept.client)
    old = EpisodeFactory(client=kept.client)
    delete(now, days_ago=29)
    delete(before, days_ago=31)
    delete(episode, days_ago=29)
    delete(old, days_ago=31)
    verified.post(LIST, {"text": "", "show": "deleted"})
    rows = verified.get(LIST).context["rows"]
    assert [row["client"].pk for row in rows] == [now.pk]
    assert list(restorable(user, "client")) == [now]
    page = verified.get(reverse("client", args=[kept.client.pk]))
    assert [line["address"] for line in page.context["deleted"]] == [address("restore", episode)]
    assert verified.post(address("restore", now)).status_code == 302
    assert verified.post(address("restore", episode)).status_code == 302
    for gone in (before, old):
        assert verified.post(address("restore", gone)).status_code == 404
        gone.refresh_from_db()
        assert gone.deleted_at is not None


def test_a_deleted_record_says_what_it_was_who_deleted_it_and_until_when() -> None:
    intervention = InterventionFactory(intervention_type="94")
    with time_machine.travel("2026-11-03 12:00:00+00:00", tick=False):
        delete(intervention)
        line = deleted_line(intervention)
    assert line["described"] == ("Intervention of 12 January 2026: Pharmacological intervention")
    assert line["deleted"] == "was deleted on 3 November 2026 by olive@example.org"
    assert line["until"] == "3 December 2026"
    assert line["belongs_to"] == ""


def test_the_child_of_what_is_deleted_comes_back_after_it(verified: Browser, user: Any) -> None:
    intervention = InterventionFactory(episode__client__agency=user.agency)
    episode, person = intervention.episode, intervention.client
    verified.post(address("delete", intervention))
    verified.post(address("delete", episode))
    page = verified.get(reverse("client", args=[person.pk]))
    by_title = {line["title"]: line for line in page.context["deleted"]}
    assert by_title[f"Intervention {intervention.intervention_id}"]["belongs_to"] == (
        f"Episode {episode.episode_id}"
    )
    assert address("restore", intervention) not in page.content.decode()
    response = verified.post(address("restore", intervention))
    assert response.headers["Location"] == reverse("client", args=[person.pk])
    assert "Nothing was restored" in told(response)
    assert f"Episode {episode.episode_id}, which was deleted on" in told(response)
    assert not AuditEvent.objects.filter(verb="restored").exists()
    assert Intervention.live.count() == 0
    for record in (episode, intervention):
        verified.post(address("restore", record))
    assert Intervention.live.count() == 1
    assert verified.get(change_address(intervention)).status_code == 200


def back_of(response: Any) -> tuple[str, str]:
    """Words and address of the link over a page."""
    address, words = re.findall(
        r'<a href="([^"]*)" class="govuk-back-link">([^<]*)<', response.content.decode()
    )[0]
    return words, address


@pytest.mark.parametrize("name", ["record-add", "record-change", "episode-end", "finding-explain"])
def test_what_was_sent_about_a_client_who_was_deleted_meanwhile_leads_back_to_all(
    verified: Browser, user: Any, name: str
) -> None:
    day = datetime.date(2026, 1, 1)
    episode: Any = EpisodeFactory(
        client__agency=user.agency,
        care_plan_start_date=day,
        discharge_date=day,
        discharge_reason="85",
    )
    open_one = InterventionFactory(episode=episode, start_date=day)
    recheck_agency(user.agency)
    where, typed = {
        "record-add": (reverse("record-add", args=["intervention", episode.pk]), {}),
        "record-change": (change_address(episode, "referral"), {"software": "Other"}),
        "episode-end": (
            reverse("episode-end", args=[episode.pk]),
            {f"exit_status_{open_one.pk.hex}": "A"},
        ),
        "finding-explain": (
            explain_address(Finding.objects.get(rule="NQ049")),
            {"text": "Begun in hospital, before triage"},
        ),
    }[name]
    person = reverse("client", args=[episode.client.pk])
    words, before = back_of(verified.get(where))
    assert (words, before.partition("#")[0]) == ("Back to the client", person)
    form = OpenForm(verified, where)
    form.fields |= typed
    delete_record(user=user, record=episode.client)
    response = form.send()
    assert "was deleted" in words_of(response)
    assert back_of(response) == ("All clients", LIST)
    assert f'href="{person}' not in response.content.decode()
    assert verified.get(LIST).status_code == 200


def test_the_episode_of_a_deleted_client_leads_to_the_deleted_clients(
    verified: Browser, user: Any
) -> None:
    episode = EpisodeFactory(client__agency=user.agency)
    for record in (episode, episode.client):
        verified.post(address("delete", record))
    response = verified.post(address("restore", episode), follow=True)
    assert response.redirect_chain == [(LIST, 302)]
    page = response.content.decode()
    assert f"it belongs to Client {episode.client.client_id}, which was deleted on" in page
    assert address("restore", episode.client) in page
    assert Episode.live.count() == 0


def test_before_deleting_one_reads_what_goes(verified: Browser, user: Any) -> None:
    person = ClientFactory(agency=user.agency, birth_date=datetime.date(1990, 2, 1))
    first, second = EpisodeFactory(client=person), EpisodeFactory(client=person)
    InterventionFactory.create_batch(3, episode=first)
    OutcomesProfileFactory(episode=second)
    InterventionFactory(episode=second, deleted_at=timezone.now())
    assert belongings(person) == {"episode": 2, "intervention": 3, "outcomes_profile": 1}
    page = verified.get(address("delete", person)).content.decode()
    for words in ("Client: JS, born 1 February 1990", "2 episodes", "3 interventions"):
        assert words in page
    assert "1 outcomes profile<" in page
    assert belongings(second) == {"outcomes_profile": 1}
    assert belongings(first.interventions.first()) == {}


def test_a_record_is_described_without_its_identifier() -> None:
    episode: Any = EpisodeFactory()
    assert described(episode) == "Episode with triage on 12 January 2026, open"
    episode.discharge_date, episode.triage_date = datetime.date(2026, 5, 3), None
    assert described(episode) == "Episode with triage on no date, discharged on 3 May 2026"
    assert delete_page(episode, {"intervention": 2})["going"] == ["2 interventions"]
    assert counted("outcomes_profile", 1) == "1 outcomes profile"


def test_after_deleting_a_client_the_list_is_whole(verified: Browser, user: Any) -> None:
    gone, kept = (ClientFactory(agency=user.agency) for _ in range(2))
    verified.post(LIST, {"text": gone.client_id, "show": ""})
    response = verified.post(address("delete", gone), follow=True)
    assert "No client fits" not in response.content.decode()
    assert [row["client"].pk for row in response.context["rows"]] == [kept.pk]


def test_what_was_deleted_is_removed_for_good_after_its_days(user: Any) -> None:
    old = InterventionFactory(episode__client__agency=user.agency)
    delete(old.client, days_ago=31)
    part = InterventionFactory(episode__client__agency=user.agency)
    delete(part.episode, days_ago=31)
    Explanation.objects.create(
        client=part.client, rule="NQ049", record=part.pk, item="x", text="x", explained_by="x"
    )
    child = InterventionFactory(episode__client__agency=user.agency)
    sibling = InterventionFactory(episode=child.episode)
    delete(child, days_ago=31)
    recent = InterventionFactory()
    delete(recent.client, days_ago=29)
    call_command("remove_deleted")
    assert set(Client.objects.all()) == {part.client, child.client, recent.client}
    assert set(Episode.objects.all()) == {child.episode, recent.episode}
    assert set(Intervention.objects.all()) == {sibling, recent}
    assert not Explanation.objects.exists()
    events = AuditEvent.objects.filter(verb="removed for good")
    told = sorted((e.section, e.record, e.client, e.who, str(e.detail)) for e in events)
    gone = [old, old.episode, old.client, part, part.episode, child]
    assert told == sorted((r.section, str(r.pk), str(r.client.pk), "command", "{}") for r in gone)
    call_command("remove_deleted")
    assert AuditEvent.objects.filter(verb="removed for good").count() == len(gone)


def test_an_identifier_that_a_deleted_record_holds_leads_to_it(
    verified: Browser, user: Any
) -> None:
    person = ClientFactory(agency=user.agency, client_id="C1")
    with time_machine.travel("2026-11-03 12:00:00+00:00", tick=False):
        delete_record(user=user, record=person)
    with time_machine.travel("2026-11-20 12:00:00+00:00", tick=False):
        response = add_client(verified, user.agency, client_id="c1", consent="Y")
        page = response.content.decode()
        assert response.status_code == 422
        words = f"Client C1 was deleted on 3 November 2026 by {user.email}: restore it"
        assert words in page
        assert address("restore", person) in page
        assert Client.objects.count() == 1
        assert verified.post(address("restore", person)).status_code == 302
        assert Client.live.get().client_id == "C1"


@pytest.mark.parametrize("section", ["client", "episode"])
def test_an_identifier_that_is_held_below_what_was_deleted_leads_to_that(
    verified: Browser, user: Any, section: str
) -> None:
    """Nobody sees the intervention, though it was not deleted itself."""
    held: Any = InterventionFactory(
        episode__client__agency=user.agency,
        episode__client__client_id="C1",
        episode__episode_id="E1",
        intervention_id="I1",
    )
    above = {"client": held.client, "episode": held.episode}[section]
    with time_machine.travel("2026-11-03 12:00:00+00:00", tick=False):
        delete_record(user=user, record=above)
    another = EpisodeFactory(client__agency=user.agency)
    where = reverse("record-add", args=["intervention", another.pk])
    typed = answers("intervention", user.agency, "all", intervention_id="i1")
    with time_machine.travel("2026-11-20 12:00:00+00:00", tick=False):
        response = verified.post(where, typed)
        name = {"client": "Client C1", "episode": "Episode E1"}[section]
        words = words_of(response)
        assert (
            f"Intervention I1 belongs to {name}, which was deleted on 3 November 2026 by {user.email}: "
            "restore that, or give another identifier."
        ) in words
        assert f"Restore {name} instead." in words
        assert address("restore", above) in response.content.decode()
        assert address("restore", held) not in response.content.decode()
        assert verified.post(address("restore", above)).status_code == 302
        again = verified.post(where, typed)
        assert "Intervention I1 is already there." in words_of(again)
    assert [one.intervention_id for one in Intervention.objects.all()] == ["I1"]


def test_an_identifier_below_what_cannot_be_restored_says_so(verified: Browser, user: Any) -> None:
    """The episode would not come back with the client."""
    held = EpisodeFactory(client__agency=user.agency, client__client_id="C1", episode_id="E1")
    another = ClientFactory(agency=user.agency)
    where = reverse("record-add", args=["episode", another.pk])
    typed = answers("episode", user.agency, "referral", episode_id="E1")
    delete(held.client, days_ago=31)
    words = words_of(verified.post(where, typed))
    assert "Episode E1 belongs to Client C1, which was deleted on" in words
    assert "and cannot be restored any more. Give another identifier." in words
    delete(held.client)
    delete(held, days_ago=31)
    words = words_of(verified.post(where, typed))
    assert "Episode E1 was deleted on" in words
    assert "and cannot be restored any more. Give another identifier." in words
    assert "Restore" not in words


def test_an_identifier_of_what_cannot_be_restored_says_so(verified: Browser, user: Any) -> None:
    person = ClientFactory(agency=user.agency, client_id="C1")
    delete(person, days_ago=31)
    page = add_client(verified, user.agency, client_id="C1", consent="Y").content.decode()
    assert "and cannot be restored any more" in page
    assert address("restore", person) not in page
    assert Client.objects.count() == 1


@pytest.mark.parametrize("section", list(RECORDS))
def test_identifiers_that_differ_only_in_case_are_one(
    verified: Browser, user: Any, section: str
) -> None:
    first = EpisodeFactory(client__agency=user.agency)
    field = core_dataset().sections[section].id_field
    parent = {"client": None, "episode": first.client}.get(section, first)
    owner = {"client": {}, "episode": {"client": parent}}.get(section, {"episode": parent})
    RECORDS[section].objects.create(agency=user.agency, **owner, **{field: "Ab1"})
    where = reverse("record-add", args=[section, parent.pk]) if parent else reverse("client-add")
    page = "referral" if section == "episode" else "all"
    response = verified.post(where, answers(section, user.agency, page, **{field: "aB1"}))
    assert response.status_code == 422
    assert "Ab1 is already there" in response.content.decode()


def test_an_identifier_cannot_be_emptied(verified: Browser, user: Any) -> None:
    person = ClientFactory(agency=user.agency, client_id="C31")
    post = answers("client", user.agency, "all", first_initial="J", consent="Y")
    response = verified.post(change_address(person), post)
    assert response.status_code == 422
    assert "Enter the Client ID" in response.content.decode()
    person.refresh_from_db()
    assert person.client_id == "C31"
    post["client_id"] = "C32"
    assert verified.post(change_address(person), post).status_code == 302
    person.refresh_from_db()
    assert person.client_id == "C32"


def test_another_agencys_deleted_records_are_not_offered(verified: Browser, user: Any) -> None:
    theirs = EpisodeFactory(client__agency=UserFactory().agency)
    delete(theirs)
    assert verified.post(address("restore", theirs)).status_code == 404
    assert theirs.client not in restorable(user, "client")
    assert [r.pk for r in file_of(theirs.client).deleted] == [theirs.pk]
    assert not Finding.objects.filter(client=theirs.client).exists()
