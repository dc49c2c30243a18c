"""Explaining a warning: what it rests on, for whom the explanation holds, and what is kept when it cannot be saved."""

import datetime
from importlib import import_module
from typing import Any

import polars as pl
import pytest
import time_machine
from django.apps import apps
from django.test import Client as Browser
from django.urls import reverse

from det.checking import recheck_agency, rests_on, today
from det.definition import core_dataset
from det.models import Client, Episode, Explanation, Finding
from det.presenters.findings import answer_line, explain_address, told
from det.selectors import NotFound, same_warnings, warning_for
from det.services import (
    ExplainedMeanwhile,
    add_record,
    change_record,
    delete_record,
    explain,
    opened_with,
    restore_record,
    withdraw_explanation,
)
from det.transfer import prepare_transfer
from ndtms.audit.models import AuditEvent
from tests.conftest import sign_in
from tests.factories import (
    ClientFactory,
    EpisodeFactory,
    InterventionFactory,
    SubInterventionReviewFactory,
    UserFactory,
)
from tests.forms import OpenForm, words_of
from tests.test_entering import answers, change_address
from validation.periods import period_ending

pytestmark = pytest.mark.django_db

TEXT = "Begun in hospital, before triage"
REFERRAL = {"referral_date": "5/1/2026", "triage_date": "12/1/2026"}


def early_plan(verified: Browser, user: Any) -> tuple[Any, dict[str, str]]:
    """An episode with a care plan before its triage, which is doubtful, and the post that made it so."""
    episode = EpisodeFactory(client__agency=user.agency)
    post = answers(
        "episode",
        user.agency,
        "referral",
        **REFERRAL,
        episode_id="E1",
        care_plan_start_date="1/1/2026",
    )
    assert verified.post(change_address(episode, "referral"), post).status_code == 302
    episode.refresh_from_db()
    return episode, post


def the_warning() -> Finding:
    return Finding.objects.get(rule="NQ049")


def test_a_warning_is_explained_until_its_values_change(verified: Browser, user: Any) -> None:
    episode, post = early_plan(verified, user)
    address = explain_address(the_warning())
    assert verified.get(address).status_code == 200
    assert verified.post(address, {"text": " "}).status_code == 422
    assert verified.post(address, {"text": TEXT}).status_code == 302
    assert the_warning().explained
    save = change_address(episode, "referral")
    verified.post(save, post | {"software": "Other"})
    assert the_warning().explained
    verified.post(save, post | {"care_plan_start_date": "2/1/2026"})
    assert not the_warning().explained
    verified.post(save, post)
    assert the_warning().explained
    assert Explanation.objects.count() == 1


def test_an_explanation_is_saved_though_a_colleague_saved_meanwhile(
    verified: Browser, user: Any
) -> None:
    episode, _ = early_plan(verified, user)
    form = OpenForm(verified, explain_address(the_warning()))
    before = the_warning().pk
    change_record(user=user, record=episode.client, values={"sex": "M"})
    Finding.objects.all().delete()
    recheck_agency(user.agency)
    assert the_warning().pk != before
    form["text"] = TEXT
    assert form.send().status_code == 302
    assert the_warning().explained


def test_what_was_typed_about_another_answer_is_not_saved_but_kept(
    verified: Browser, user: Any
) -> None:
    episode, _ = early_plan(verified, user)
    form = OpenForm(verified, explain_address(the_warning()))
    change_record(user=user, record=episode, values={"care_plan_start_date": "02/01/2026"})
    form["text"] = "ok"
    form = OpenForm(verified, form.address, form.send().content.decode())
    form["text"] = TEXT
    response = form.send()
    page = response.content.decode()
    assert response.status_code == 409, "also after the form came back because of something else"
    assert "has changed since you opened this page" in page
    assert TEXT in page
    assert not Explanation.objects.exists()
    assert OpenForm(verified, form.address, page).send().status_code == 302
    assert the_warning().explained


def test_what_was_typed_about_a_warning_that_is_gone_is_kept(verified: Browser, user: Any) -> None:
    episode, _ = early_plan(verified, user)
    address = explain_address(the_warning())
    change_record(user=user, record=episode, values={"care_plan_start_date": "13/01/2026"})
    response = verified.post(address, {"text": TEXT})
    assert response.status_code == 409
    assert TEXT in response.content.decode()
    assert "there is nothing to explain" in response.content.decode()
    assert verified.get(address).status_code == 404
    delete_record(user=user, record=episode.client)
    page = verified.post(address, {"text": TEXT}).content.decode()
    assert f"Client {episode.client.client_id} was deleted on" in page
    assert TEXT in page
    assert not Explanation.objects.exists()


def test_what_was_typed_while_the_session_ended_is_there_after_signing_in(
    client: Browser, user: Any
) -> None:
    browser = sign_in(client, user)
    early_plan(browser, user)
    form = OpenForm(browser, explain_address(the_warning()))
    form["text"] = TEXT
    browser.cookies.clear()
    form.send()
    page = sign_in(browser, user).get(form.address).content.decode()
    assert "save them again" in page
    assert f"{TEXT}</textarea>" in page
    again = OpenForm(browser, form.address, page)
    again["text"] = TEXT
    assert again.send().status_code == 302
    assert Explanation.objects.get().text == TEXT


def test_a_warning_that_changed_at_the_same_moment_is_not_explained(
    verified: Browser, user: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    early_plan(verified, user)
    read = the_warning()
    Finding.objects.update(basis="other answers")
    monkeypatch.setattr("det.selectors.warning_for", lambda *named: read)
    response = verified.post(explain_address(read), {"text": TEXT})
    assert response.status_code == 409
    assert TEXT in response.content.decode()
    assert not Explanation.objects.exists()
    with pytest.raises(NotFound):
        explain(user=user, finding=read, text=TEXT)


def test_only_a_warning_of_the_own_agency_can_be_explained(verified: Browser, user: Any) -> None:
    def note(client: Client, severity: str) -> Finding:
        return Finding.objects.create(
            agency=client.agency,
            client=client,
            rule="NQ049",
            severity=severity,
            section="client",
            record=client.pk,
            item="client.first_initial",
            message="x",
        )

    error = note(ClientFactory(agency=user.agency), "error")
    theirs = note(ClientFactory(), "warning")
    for finding in (error, theirs):
        address = explain_address(finding)
        assert verified.get(address).status_code == 404
        assert verified.post(address, {"text": TEXT}).status_code in (404, 409)
        with pytest.raises(NotFound):
            warning_for(user, finding.record, "NQ049", "first_initial")
    assert not Explanation.objects.exists()
    with pytest.raises(ValueError, match="only a warning"):
        explain(user=user, finding=error, text=TEXT)
    assert (
        verified.get(explain_address(theirs)).content
        != verified.get(explain_address(error)).content
    )


def test_an_explanation_is_withdrawn(verified: Browser, user: Any) -> None:
    early_plan(verified, user)
    address = explain_address(the_warning())
    verified.post(address, {"text": TEXT})
    page = verified.get(address).content.decode()
    assert TEXT in page
    assert verified.post(address, {"withdraw": "yes"}).status_code == 302
    assert not the_warning().explained
    assert not Explanation.objects.exists()


def test_the_page_shows_the_answers_that_the_warning_rests_on(verified: Browser, user: Any) -> None:
    early_plan(verified, user)
    assert listed(the_warning()) == {
        "Triage date": "12 January 2026",
        "Care plan start date": "1 January 2026",
    }
    page = verified.get(explain_address(the_warning())).content.decode()
    assert "1 January 2026" in page
    assert "12 January 2026" in page


def listed(finding: Finding) -> dict[str, str]:
    """Question and answer of what the page says that the warning rests on."""
    lines = [answer_line(answer) for answer in rests_on(finding)]
    return {line["question"]: line["answer"] for line in lines}


ALCOHOL, KHAT, CANNABIS, NO_THIRD, HEROIN = (
    next(
        code
        for code, entry in core_dataset().lists["substance"].codes.items()
        if entry.text.startswith(text)
    )
    for text in ("Alcohol", "Khat", "Cannabis", "No third", "Heroin")
)
NALOXONE = "Buprenorphine with naloxone: opioid maintenance"
DEPOT = "Buprenorphine depot injection (long acting): opioid maintenance"


def medicine_without_opiate(user: Any) -> Any:
    """A review with an opioid medicine ticked, in an episode of alcohol and khat."""
    review = SubInterventionReviewFactory(
        episode__client__agency=user.agency,
        episode__substance_1=ALCOHOL,
        episode__substance_2=KHAT,
        episode__substance_3=NO_THIRD,
        buprenorphine_naloxone_maintenance="Y",
    )
    recheck_agency(user.agency)
    return review


def of_rule(rule: str, part: str = "") -> Finding:
    return Finding.objects.get(rule=rule, part=part)


def test_the_link_of_a_warning_about_what_is_ticked_leads_to_the_box(
    verified: Browser, user: Any
) -> None:
    medicine_without_opiate(user)
    line = told(of_rule("NQ115"), user.agency.dataset)
    assert line.question == NALOXONE
    assert line.message.startswith(f"{NALOXONE} is ticked, but")
    field = line.address.partition("#")[2]
    assert field == "id_buprenorphine_naloxone_maintenance"
    page = verified.get(line.address).content.decode()
    assert f'id="{field}"' in page
    assert line.message in page


def test_another_substance_opens_the_warning_about_a_medicine_again(user: Any) -> None:
    review = medicine_without_opiate(user)
    explain(user=user, finding=of_rule("NQ115"), text="As agreed with the doctor.")
    change_record(user=user, record=review.episode, values={"software": "Other"})
    assert of_rule("NQ115").explained
    change_record(user=user, record=review.episode, values={"substance_2": CANNABIS})
    assert not of_rule("NQ115").explained
    change_record(user=user, record=review.episode, values={"substance_2": KHAT})
    assert of_rule("NQ115").explained
    change_record(user=user, record=review, values={"buprenorphine_depot_maintenance": "Y"})
    assert not of_rule("NQ115").explained


def test_the_page_lists_the_answers_behind_a_derived_column(verified: Browser, user: Any) -> None:
    review = medicine_without_opiate(user)
    change_record(user=user, record=review, values={"buprenorphine_depot_maintenance": "Y"})
    assert listed(of_rule("NQ115")) == {
        "Problem substance 1": "Alcohol",
        "Problem substance 2": "Khat",
        "Problem substance 3": "No third problem substance",
        NALOXONE: "Yes",
        DEPOT: "Yes",
    }
    page = verified.get(explain_address(of_rule("NQ115"))).content.decode()
    assert "Khat" in page
    assert DEPOT in page
    assert listed(of_rule("NQ114", "a"))["Intervention type"] == "Not answered"


def test_the_page_lists_the_answers_of_other_records_with_their_day(user: Any) -> None:
    reason = core_dataset().meaning("discharge_reason", "commencement_declined")[0]
    episode: Any = EpisodeFactory(
        client__agency=user.agency,
        discharge_date=datetime.date(2026, 3, 2),
        discharge_reason=reason,
    )
    started: Any = InterventionFactory(
        episode=episode,
        referred_date=datetime.date(2026, 1, 12),
        start_date=datetime.date(2026, 1, 19),
    )
    recheck_agency(user.agency)
    lines = listed(of_rule("NQ098"))
    assert "commencement declined" in lines["Discharge reason"]
    assert [
        answer
        for question, answer in lines.items()
        if question.startswith("Intervention start date (intervention of ")
    ] == ["19 January 2026"]
    explain(user=user, finding=of_rule("NQ098"), text="One day only.")
    change_record(user=user, record=started, values={"start_date": "20/01/2026"})
    assert not of_rule("NQ098").explained


def test_an_explanation_holds_on_the_next_day(user: Any) -> None:
    later = datetime.date(2027, 9, 1)
    with time_machine.travel(datetime.datetime(2026, 7, 1, 12, tzinfo=datetime.UTC)) as clock:
        InterventionFactory(episode__client__agency=user.agency, first_appointment_date=later)
        recheck_agency(user.agency)
        explain(user=user, finding=of_rule("NQ023", "c"), text="So it is booked.")
        clock.shift(datetime.timedelta(days=1))
        recheck_agency(user.agency)
        assert of_rule("NQ023", "c").explained


def test_findings_of_rules_that_are_others_now_are_made_anew(verified: Browser, user: Any) -> None:
    review = medicine_without_opiate(user)
    old = {"rule": "NQ115", "item": "sub_intervention_review.review_date"}
    Finding.objects.filter(rule="NQ115").update(**old)
    Finding.objects.filter(rule="NQ114", part="a").update(rule="NQ075", part="")
    migration = import_module("det.migrations.0006_findings_of_rules_in_parts")
    migration.judge_anew(apps, None)
    assert verified.get(reverse("fix-list")).status_code == 200
    assert of_rule("NQ115").item == f"{review.section}.buprenorphine_naloxone_maintenance"
    assert of_rule("NQ114", "a").record == review.pk
    assert not Finding.objects.filter(rule="NQ075").exists()


# Two who explain one warning


THEIRS = "Agreed with the prison, see the letter"


@pytest.fixture
def colleague(user: Any) -> Any:
    return UserFactory(agency=user.agency, email="colleague@example.org")


def explained() -> list[tuple[str, str]]:
    """Every explanation that is stored: by whom, and what."""
    return list(Explanation.objects.order_by("pk").values_list("explained_by", "text"))


def test_what_a_colleague_explained_meanwhile_is_read_before_it_is_replaced(
    verified: Browser, user: Any, colleague: Any
) -> None:
    early_plan(verified, user)
    form = OpenForm(verified, explain_address(the_warning()))
    explain(user=colleague, finding=the_warning(), text=THEIRS)
    form["text"] = TEXT
    response = form.send()
    words = words_of(response)
    assert response.status_code == 409
    assert "colleague@example.org has explained this since you opened this page" in words
    assert "Yours is not saved. Save it again if it should stand instead." in words
    assert THEIRS in words
    assert explained() == [(colleague.email, THEIRS)]
    again = OpenForm(verified, form.address, response.content.decode())
    assert again["text"] == TEXT
    assert again.send().status_code == 302
    assert explained() == [(user.email, TEXT)]


def test_the_same_explanation_twice_is_no_conflict(
    verified: Browser, user: Any, colleague: Any
) -> None:
    early_plan(verified, user)
    form = OpenForm(verified, explain_address(the_warning()))
    explain(user=colleague, finding=the_warning(), text=TEXT)
    form["text"] = TEXT
    assert [form.send().status_code, form.send().status_code] == [302, 302]
    assert explained() == [(colleague.email, TEXT)], "who did first"


def test_only_the_explanation_that_was_seen_is_withdrawn(
    verified: Browser, user: Any, colleague: Any
) -> None:
    early_plan(verified, user)
    explain(user=user, finding=the_warning(), text=TEXT)
    form = OpenForm(verified, explain_address(the_warning()))
    withdraw_explanation(user=colleague, finding=the_warning())
    explain(user=colleague, finding=the_warning(), text=THEIRS)
    response = form.send(withdraw="yes")
    words = words_of(response)
    assert response.status_code == 409
    assert "colleague@example.org has explained this since you opened this page" in words
    assert "Nothing was withdrawn. Withdraw it if it should not stand." in words
    assert THEIRS in words
    assert explained() == [(colleague.email, THEIRS)]
    assert the_warning().explained
    again = OpenForm(verified, form.address, response.content.decode())
    assert again.send(withdraw="yes").status_code == 302
    assert explained() == []
    assert not the_warning().explained


def test_two_at_the_same_moment_do_not_overwrite_each_other(user: Any, colleague: Any) -> None:
    """What was opened is compared once the agency is held: whoever comes second is asked."""
    episode = EpisodeFactory(client__agency=user.agency)
    change_record(user=user, record=episode, values={"care_plan_start_date": "01/01/2026"})
    opened = opened_with(the_warning(), [])
    read = the_warning()
    explain(user=colleague, finding=read, text=THEIRS, opened=opened)
    with pytest.raises(ExplainedMeanwhile):
        explain(user=user, finding=read, text=TEXT, opened=opened)
    with pytest.raises(ExplainedMeanwhile):
        withdraw_explanation(user=user, finding=read, opened=opened)
    assert explained() == [(colleague.email, THEIRS)]


def test_what_was_typed_is_beside_what_a_colleague_explained_as_the_session_ended(
    client: Browser, user: Any, colleague: Any
) -> None:
    browser = sign_in(client, user)
    early_plan(browser, user)
    form = OpenForm(browser, explain_address(the_warning()))
    form["text"] = TEXT
    browser.cookies.clear()
    form.send()
    explain(user=colleague, finding=the_warning(), text=THEIRS)
    response = sign_in(browser, user).get(form.address)
    assert "Your answers are below: save them again" in words_of(response)
    assert THEIRS in words_of(response)
    again = OpenForm(browser, form.address, response.content.decode())
    assert again["text"] == TEXT
    asked = again.send()
    assert "colleague@example.org has explained this" in words_of(asked)
    assert explained() == [(colleague.email, THEIRS)]
    assert OpenForm(browser, form.address, asked.content.decode()).send().status_code == 302
    assert explained() == [(user.email, TEXT)]


def test_to_withdraw_as_the_session_ends_is_no_answer(client: Browser, user: Any) -> None:
    browser = sign_in(client, user)
    early_plan(browser, user)
    explain(user=user, finding=the_warning(), text=TEXT)
    form = OpenForm(browser, explain_address(the_warning()))
    browser.cookies.clear()
    form.send(withdraw="yes")
    words = words_of(sign_in(browser, user).get(form.address))
    assert "Your answers are below" not in words
    assert "Withdraw the explanation" in words
    assert explained() == [(user.email, TEXT)]


# People who are taken for one another


def twins(user: Any, number: int) -> list[Client]:
    born = datetime.date(2001, 2, 3)
    people: list[Any] = [ClientFactory(agency=user.agency, birth_date=born) for _ in range(number)]
    for person in people:
        EpisodeFactory(client=person, local_authority="E08000035")
    recheck_agency(user.agency)
    return people


def pair(person: Client) -> Finding:
    return Finding.objects.get(client=person, rule="NQ127")


def test_one_explanation_is_for_both_of_a_pair(verified: Browser, user: Any) -> None:
    first, second = twins(user, 2)
    stranger = twins(UserFactory(), 2)
    page = verified.get(explain_address(pair(first))).content.decode()
    assert f'href="{reverse("client", args=[second.pk])}"' in page
    verified.post(explain_address(pair(first)), {"text": "They are sisters."})
    assert [pair(person).explained for person in (first, second)] == [True, True]
    assert not any(pair(person).explained for person in stranger)
    told = AuditEvent.objects.filter(verb="explained").values_list("client", flat=True)
    assert sorted(told) == sorted([str(first.pk), str(second.pk)])
    assert "They are sisters." in verified.get(explain_address(pair(second))).content.decode()
    verified.post(explain_address(pair(second)), {"withdraw": "yes"})
    assert [pair(person).explained for person in (first, second)] == [False, False]


def test_a_pair_that_becomes_three_is_asked_about_again(verified: Browser, user: Any) -> None:
    first, second = twins(user, 2)
    explain(user=user, finding=pair(first), text="They are sisters.")
    values = {
        "first_initial": "J",
        "last_initial": "S",
        "birth_date": "03/02/2001",
        "sex": "F",
        "consent": "Y",
    }
    third: Any = add_record(user=user, section="client", parent=None, values=values).record
    assert pair(first).explained
    about = {"triage_date": "12/01/2026", "local_authority": "E08000035"}
    add_record(user=user, section="episode", parent=third, values=about)
    assert [pair(person).explained for person in (first, second, third)] == [False] * 3
    delete_record(user=user, record=third)
    assert [pair(person).explained for person in (first, second)] == [True] * 2
    restore_record(user=user, section="client", key=third.pk)
    explain(user=user, finding=pair(third), text="Triplets.")
    assert [pair(person).explained for person in (first, second, third)] == [True] * 3
    recheck_agency(user.agency)
    assert [pair(person).explained for person in (first, second, third)] == [True] * 3


def test_three_who_are_explained_are_so_in_a_transfer_that_leaves_one_out(user: Any) -> None:
    people = twins(user, 3)
    explain(user=user, finding=pair(people[0]), text="Triplets.")
    Episode.objects.filter(client=people[2]).update(triage_date=datetime.date(2026, 6, 20))
    recheck_agency(user.agency)
    period = period_ending(datetime.date(2026, 4, 30), core_dataset())
    transfer = prepare_transfer(user.agency, period)
    found = transfer.findings.filter(pl.col("rule") == "NQ127")
    assert found.height == 2
    assert found["explained"].to_list() == [True, True]
    Explanation.objects.filter(client=people[0]).update(basis="something else")
    found = prepare_transfer(user.agency, period).findings.filter(pl.col("rule") == "NQ127")
    assert sorted(found["explained"].to_list()) == [False, True]


def test_a_pair_stays_explained_when_something_else_changes(user: Any) -> None:
    first, second = twins(user, 2)
    explain(user=user, finding=pair(first), text="They are sisters.")
    change_record(user=user, record=first, values={"client_id": "NEW1"})
    change_record(user=user, record=second, values={"ethnicity": "B"})
    assert [pair(person).explained for person in (first, second)] == [True, True]


def test_the_same_warning_by_two_rules_is_explained_once(user: Any) -> None:
    episode = EpisodeFactory(client__agency=user.agency)
    recheck_agency(user.agency)
    missing = Finding.objects.filter(record=episode.pk, item="episode.drinking_days")
    assert len(missing) > 0
    one = missing[0]
    twin = Finding.objects.get(pk=one.pk)
    twin.pk = None
    twin.rule = "NQ093" if one.rule == "NQ085" else "NQ085"
    if len(missing) == 1:
        twin.save()
    assert len(same_warnings(one)) == 2
    explain(user=user, finding=one, text="The client does not say.")
    assert not missing.filter(explained=False).exists()


def test_what_was_explained_of_the_same_warning_by_another_rule_is_seen_before_it_is_replaced(
    verified: Browser, user: Any, colleague: Any
) -> None:
    episode = EpisodeFactory(client__agency=user.agency)
    recheck_agency(user.agency)
    one = Finding.objects.filter(record=episode.pk, item="episode.drinking_days")[0]
    twin = Finding.objects.get(pk=one.pk)
    twin.pk, twin.rule = None, "NQ109"
    twin.save()
    explain(user=colleague, finding=twin, text=THEIRS)
    Explanation.objects.filter(rule=one.rule).delete()
    Finding.objects.filter(pk=one.pk).update(explained=False)
    address = explain_address(one)
    words = words_of(verified.get(address))
    assert f"colleague@example.org explained on {today().day} " in words
    assert f"{THEIRS} Why is this right?" in words
    assert "Save the explanation instead" in words
    form = OpenForm(verified, address)
    form["text"] = TEXT
    assert form.send().status_code == 302
    assert explained() == [(user.email, TEXT)] * 2
