"""A form belongs to a person, an agency and a record, and adds one thing once."""

import datetime
from typing import Any

import pytest
import time_machine
from django.contrib.messages import get_messages
from django.test import Client as Browser
from django.urls import reverse

from det.kept import KEPT, LARGEST
from det.models import RECORDS, Agency, Client, Episode, Intervention, Record, SpentForm
from det.pages import pages_of
from det.services import change_record, delete_record
from det.tickets import FIELD, Ticket, forget_spent
from ndtms.accounts.services import CHOSEN_AGENCY, add_to_agency
from ndtms.audit.models import AuditEvent
from tests.conftest import sign_in
from tests.factories import AgencyFactory, EpisodeFactory, InterventionFactory, UserFactory
from tests.forms import OpenForm

pytestmark = pytest.mark.django_db

ADD = "/clients/add/"


def choose(browser: Browser, agency: Any) -> None:
    session = browser.session
    session[CHOSEN_AGENCY] = agency.pk
    session.save()


@pytest.fixture
def two(client: Browser) -> tuple[Browser, Any, Any]:
    """Somebody who works for two agencies, now for the first."""
    user = UserFactory(agency__name="Northgate", agency__provider="P")
    first, second = user.agencies.get(), AgencyFactory(name="Brightwater", provider="P")
    add_to_agency(user=user, agency=second)
    browser = sign_in(client, user)
    choose(browser, first)
    return browser, first, second


def end_session(browser: Browser) -> None:
    browser.cookies.clear()


# Another agency


def test_a_form_of_another_agency_is_saved_nowhere_and_one_press_saves_it_where_it_belongs(
    two: tuple[Browser, Any, Any],
) -> None:
    browser, first, second = two
    form = OpenForm(browser, ADD)
    form["first_initial"], form["client_reference"] = "Q", "REF-1"
    choose(browser, second)
    refused = form.send()
    page = refused.content.decode()
    assert refused.status_code == 409
    assert "You now work for Brightwater" in page
    assert "Northgate" in page
    assert not Client.objects.exists()
    saved = OpenForm(browser, ADD, page).send()
    assert saved.status_code == 302
    added = Client.objects.get()
    assert (added.agency, added.first_initial, added.client_reference) == (first, "Q", "REF-1")
    assert browser.session[CHOSEN_AGENCY] == first.pk


def test_a_change_of_a_record_of_another_agency_goes_back_too(
    two: tuple[Browser, Any, Any],
) -> None:
    browser, first, second = two
    episode = EpisodeFactory(client__agency=first)
    form = OpenForm(browser, reverse("record-change", args=["episode", episode.pk, "referral"]))
    form["software"] = "Typed"
    choose(browser, second)
    refused = form.send()
    assert refused.status_code == 409
    assert OpenForm(browser, form.address, refused.content.decode()).send().status_code == 302
    assert Episode.objects.get().software == "Typed"


def test_a_transfer_of_the_other_agency_is_not_made(two: tuple[Browser, Any, Any]) -> None:
    browser, first, second = two
    ticket = Ticket(int(browser.session["_auth_user_id"]), first.pk).signed()
    choose(browser, second)
    post = {FIELD: ticket, "period": "2026-01"}
    response = browser.post(reverse("transfer-file"), post)
    assert response.status_code == 409
    assert "Content-Disposition" not in response.headers


def test_the_way_back_is_only_for_those_who_work_there(two: tuple[Browser, Any, Any]) -> None:
    browser, first, _ = two
    form = OpenForm(browser, ADD)
    person = int(browser.session["_auth_user_id"])
    form["ticket"] = Ticket(person, AgencyFactory().pk).signed()
    response = form.send(back_to_agency="1")
    assert response.status_code == 409
    assert browser.session[CHOSEN_AGENCY] == first.pk
    assert not Client.objects.exists()


def test_another_site_cannot_change_the_agency(two: tuple[Browser, Any, Any]) -> None:
    browser, first, second = two
    form = OpenForm(browser, ADD)
    choose(browser, second)
    strict = Browser(enforce_csrf_checks=True)
    strict.cookies = browser.cookies
    del form.fields["csrfmiddlewaretoken"]
    form.browser = strict
    assert form.send(back_to_agency="1").status_code in (403, 409)
    assert browser.session[CHOSEN_AGENCY] == second.pk
    assert first.pk != second.pk


# Another person


def test_a_form_of_somebody_else_is_refused_and_not_shown(client: Browser, user: Any) -> None:
    form = OpenForm(sign_in(Browser(), user), ADD)
    form["client_reference"] = "SECRET-REF"
    other = sign_in(client, UserFactory(agency=user.agency))
    form.browser = other
    response = form.send()
    assert response.status_code == 409
    assert "SECRET-REF" not in response.content.decode()
    assert not Client.objects.exists()


@pytest.mark.parametrize("ticket", ["", "x", "a:b:c", "é"])
def test_a_form_without_a_ticket_comes_back_with_what_was_typed(
    verified: Browser, user: Any, ticket: str
) -> None:
    form = OpenForm(verified, ADD)
    form["client_reference"], form["ticket"] = "KEPT-1", ticket
    response = form.send(version="1")
    assert response.status_code == 409
    assert not Client.objects.exists()
    assert OpenForm(verified, ADD, response.content.decode()).send().status_code == 302
    assert Client.objects.get().client_reference == "KEPT-1"


def test_a_form_drawn_before_there_were_tickets_overwrites_nothing_in_silence(
    verified: Browser, user: Any
) -> None:
    episode = EpisodeFactory(client__agency=user.agency, software="As it is")
    form = OpenForm(verified, reverse("record-change", args=["episode", episode.pk, "referral"]))
    form["software"], form["ticket"] = "Typed long ago", ""
    again = OpenForm(verified, form.address, form.send().content.decode()).send()
    assert again.status_code == 422
    page = again.content.decode()
    assert "As it is" in page
    assert "Typed long ago" in page
    assert OpenForm(verified, form.address, page).send().status_code == 302
    assert Episode.objects.get().software == "Typed long ago"


def test_a_password_is_not_written_into_another_page(verified: Browser) -> None:
    response = verified.post(reverse("password"), {FIELD: "", "old": "my-old-one", "new": "n"})
    assert response.status_code == 409
    assert "my-old-one" not in response.content.decode()


# What was typed when the session ended


def test_what_was_typed_while_the_session_ended_is_there_after_signing_in(
    client: Browser, user: Any
) -> None:
    episode = EpisodeFactory(client__agency=user.agency)
    sign_in(client, user)
    form = OpenForm(client, reverse("record-change", args=["episode", episode.pk, "referral"]))
    form["software"] = "Typed late"
    end_session(client)
    response = form.send()
    assert response.headers["Location"] == f"/sign-in/?next={form.address}"
    sign_in(client, user)
    page = client.get(form.address).content.decode()
    assert 'value="Typed late"' in page
    assert "save them again" in page
    assert Episode.objects.get().software == ""
    assert "Typed late" not in client.get(form.address).content.decode()
    assert OpenForm(client, form.address, page).send().status_code == 302
    assert Episode.objects.get().software == "Typed late"


def test_what_was_kept_still_knows_what_it_was_opened_with(client: Browser, user: Any) -> None:
    episode = EpisodeFactory(client__agency=user.agency)
    sign_in(client, user)
    form = OpenForm(client, reverse("record-change", args=["episode", episode.pk, "referral"]))
    form["software"] = "Mine"
    end_session(client)
    form.send()
    Episode.objects.update(software="A colleague's")
    sign_in(client, user)
    page = client.get(form.address).content.decode()
    response = OpenForm(client, form.address, page).send()
    assert response.status_code == 422
    assert Episode.objects.get().software == "A colleague's"


def kept_of(browser: Browser, user: Any) -> OpenForm:
    """A form with a reference typed into it, sent when the session of the user had ended."""
    sign_in(browser, user)
    form = OpenForm(browser, ADD)
    form["client_reference"] = "TYPED-1"
    end_session(browser)
    form.send()
    assert KEPT in browser.session
    return form


def test_what_somebody_typed_is_not_shown_to_the_next_person(client: Browser, user: Any) -> None:
    kept_of(client, user)
    sign_in(client, UserFactory(agency=user.agency))
    assert "TYPED-1" not in client.get(ADD).content.decode()
    assert KEPT not in client.session
    sign_in(client, user)
    assert "TYPED-1" not in client.get(ADD).content.decode()


def test_what_was_kept_is_for_its_page_only(client: Browser, user: Any) -> None:
    episode = EpisodeFactory(client__agency=user.agency)
    kept_of(client, user)
    sign_in(client, user)
    other = reverse("record-change", args=["client", episode.client.pk, "all"])
    assert "TYPED-1" not in client.get(other).content.decode()
    assert "TYPED-1" in client.get(ADD).content.decode()


def test_what_was_kept_is_gone_after_an_hour(client: Browser, user: Any) -> None:
    with time_machine.travel("2026-03-02 10:00:00+00:00", tick=False):
        kept_of(client, user)
        session = client.session
        session.set_expiry(4 * 3600)
        session.save()
    with time_machine.travel("2026-03-02 11:01:00+00:00", tick=False):
        sign_in(client, user)
        assert "TYPED-1" not in client.get(ADD).content.decode()


def test_somebody_of_several_agencies_goes_on_in_that_of_the_form(
    client: Browser, two: tuple[Browser, Any, Any]
) -> None:
    browser, _, second = two
    choose(browser, second)
    person = int(browser.session["_auth_user_id"])
    form = OpenForm(browser, ADD)
    form["client_reference"] = "TYPED-1"
    end_session(browser)
    form.send()
    sign_in(browser, UserFactory._meta.model.objects.get(pk=person))
    page = browser.get(ADD).content.decode()
    assert "TYPED-1" in page
    assert "Brightwater" in page


def test_in_another_agency_what_was_kept_is_gone(two: tuple[Browser, Any, Any]) -> None:
    browser, first, second = two
    person = int(browser.session["_auth_user_id"])
    form = OpenForm(browser, ADD)
    form["client_reference"] = "TYPED-1"
    end_session(browser)
    form.send()
    sign_in(browser, UserFactory._meta.model.objects.get(pk=person))
    choose(browser, second)
    assert "TYPED-1" not in browser.get(ADD).content.decode()
    choose(browser, first)
    assert "TYPED-1" not in browser.get(ADD).content.decode()


@pytest.mark.parametrize("address", [ADD, "/no-such-page/", "/region/", "/keys/add/"])
@pytest.mark.parametrize("ticket", ["", "x:y:z"])
def test_nobody_without_an_account_leaves_anything_on_the_server(
    client: Browser, address: str, ticket: str
) -> None:
    client.post(address, f"{FIELD}={ticket}&client_reference={'x' * 1000}", content_type=FORM_TYPE)
    assert KEPT not in client.session


def test_what_is_larger_than_a_form_can_be_is_not_kept(client: Browser, user: Any) -> None:
    sign_in(client, user)
    form = OpenForm(client, ADD)
    form["client_reference"] = "x" * LARGEST
    end_session(client)
    form.send()
    assert KEPT not in client.session


def test_what_another_site_sends_is_not_kept(user: Any) -> None:
    browser = Browser(enforce_csrf_checks=True)
    form = OpenForm(sign_in(browser, user), ADD)
    end_session(browser)
    form.send()
    assert KEPT not in browser.session


FORM_TYPE = "application/x-www-form-urlencoded"


# Once


def test_a_form_that_is_sent_twice_adds_one_client(verified: Browser, user: Any) -> None:
    form = OpenForm(verified, ADD)
    form["first_initial"] = "Q"
    first, second = form.send(), form.send()
    assert Client.objects.count() == 1
    assert first.headers["Location"] == second.headers["Location"]
    told = [str(message) for message in get_messages(second.wsgi_request)]
    assert any("was sent before" in text for text in told)


@pytest.mark.parametrize("section", ["intervention", "outcomes_profile"])
def test_a_form_that_is_sent_twice_adds_one_record(
    verified: Browser, user: Any, section: str
) -> None:
    episode = EpisodeFactory(client__agency=user.agency)
    form = OpenForm(verified, reverse("record-add", args=[section, episode.pk]))
    assert {form.send().status_code, form.send().status_code} == {302}
    assert RECORDS[section].objects.count() == 1


def test_what_is_typed_after_going_back_is_shown_as_a_change_of_what_was_added(
    verified: Browser, user: Any
) -> None:
    """Back, another answer, Save: nothing is added twice, and what was typed last is not lost."""
    form = OpenForm(verified, ADD)
    form["first_initial"], form["client_reference"] = "Q", "ONE"
    form.send()
    (added,) = Client.objects.all()
    form["client_reference"] = "TWO"
    answer = form.send()
    change = reverse("record-change", args=["client", added.pk, "all"])
    assert answer.headers["Location"] == change
    assert Client.objects.get().client_reference == "ONE"
    page = verified.get(change).content.decode()
    assert "This form was sent before, and added" in page
    assert "signed out" not in page
    again = OpenForm(verified, change, page)
    assert (again["client_reference"], again["client_id"]) == ("TWO", added.client_id)
    assert again.send().status_code == 302
    saved = Client.objects.get()
    assert (saved.client_reference, saved.first_initial) == ("TWO", "Q")
    assert saved.client_id == added.client_id


def test_a_change_after_going_back_overwrites_nothing_that_a_colleague_saved(
    verified: Browser, user: Any
) -> None:
    form = OpenForm(verified, ADD)
    form["client_reference"] = "ONE"
    form.send()
    (added,) = Client.objects.all()
    form["client_reference"] = "TWO"
    again = OpenForm(verified, form.send().headers["Location"])
    change_record(user=UserFactory(agency=user.agency), record=added, values={"sex": "F"})
    assert again.send().status_code == 302
    saved = Client.objects.get()
    assert (saved.client_reference, saved.sex) == ("TWO", "F")


def test_what_is_asked_only_by_what_is_typed_after_going_back_is_not_lost(
    verified: Browser, user: Any
) -> None:
    """A slip in the year of birth made the client too young to be asked."""
    form = OpenForm(verified, ADD)
    form["birth_date"] = "1/2/2020"
    form.send()
    form["birth_date"] = "1/2/1995"
    form.fields["sexual_orientation"] = "1"
    page = verified.get(form.send().headers["Location"]).content.decode()
    assert "The form held what it does not ask" not in page
    (added,) = Client.objects.all()
    change = reverse("record-change", args=["client", added.pk, "all"])
    assert OpenForm(verified, change, page).send().status_code == 302
    saved = Client.objects.get()
    assert (saved.value("birth_date"), saved.sexual_orientation) == ("01/02/1995", "1")


def test_another_intervention_typed_after_going_back_is_not_lost(
    verified: Browser, user: Any
) -> None:
    episode = EpisodeFactory(client__agency=user.agency)
    form = OpenForm(verified, reverse("record-add", args=["intervention", episode.pk]))
    form["referred_date"] = "2/2/2026"
    form.send()
    form["referred_date"] = "3/3/2026"
    again = OpenForm(verified, form.send().headers["Location"])
    assert again["referred_date"] == "3/3/2026"
    assert [i.value("referred_date") for i in Intervention.objects.all()] == ["02/02/2026"]


def test_a_form_of_the_team_that_is_sent_again_with_other_answers_says_that_they_are_not_saved(
    client: Browser,
) -> None:
    browser = sign_in(client, UserFactory(role="national"))
    form = OpenForm(browser, reverse("agency-add"))
    names = {"code": "N0001", "name": "One", "provider": "P", "local_authority": "Leeds"}
    for name, text in names.items():
        form[name] = text
    form.fields["dataset"] = "AD"
    assert form.send().status_code == 302
    form["code"], form["name"] = "N0002", "Two"
    answer = form.send()
    assert list(Agency.objects.values_list("code", flat=True)) == ["N0001"]
    page = browser.get(answer.headers["Location"]).content.decode()
    assert "What you sent now was not" in page
    again = OpenForm(browser, form.address, page)
    assert (again["code"], again["name"]) == ("N0002", "Two")
    assert again.send().status_code == 302
    assert list(Agency.objects.order_by("code").values_list("code", flat=True)) == [
        "N0001",
        "N0002",
    ]


@pytest.mark.parametrize("goes", ["intervention", "episode"])
def test_a_form_corrected_and_sent_again_after_what_it_added_was_deleted_loses_nothing(
    verified: Browser, user: Any, goes: str
) -> None:
    episode = EpisodeFactory(client__agency=user.agency)
    form = OpenForm(verified, reverse("record-add", args=["intervention", episode.pk]))
    form["referred_date"] = "1/2/2026"
    form.send()
    first = Intervention.objects.get()
    gone: dict[str, Record] = {"intervention": first, "episode": episode}
    delete_record(user=user, record=gone[goes])
    form["referred_date"] = "3/2/2026"
    answer = form.send()
    assert Intervention.objects.count() == 1
    page = verified.get(answer.headers["Location"]).content.decode()
    assert f"by {user.email}. What you typed now is not saved yet" in page
    again = OpenForm(verified, form.address, page)
    assert again["referred_date"] == "3/2/2026"
    answer = again.send()
    if goes == "episode":
        assert answer.status_code == 422
        again = OpenForm(verified, form.address, answer.content.decode())
        answer = again.send(restore="yes")
    assert answer.status_code == 302
    second = Intervention.live.exclude(pk=first.pk).get()
    assert f"{second.referred_date:%Y-%m-%d}" == "2026-02-03"


@pytest.mark.parametrize("section", ["client", "intervention"])
def test_a_form_sent_again_after_what_it_added_was_deleted_leads_to_where_it_is_restored(
    verified: Browser, user: Any, section: str
) -> None:
    episode = EpisodeFactory(client__agency=user.agency)
    above = [section, episode.pk]
    address = ADD if section == "client" else reverse("record-add", args=above)
    form = OpenForm(verified, address)
    form.send()
    added = RECORDS[section].objects.exclude(pk=episode.client.pk).get()
    delete_record(user=user, record=added)
    page = verified.get(form.send().headers["Location"]).content.decode()
    assert f"by {user.email}: restore it" in page
    assert reverse("record-restore", args=[section, added.pk]) in page


@pytest.mark.parametrize("name", ["record-undo", "record-delete", "record-restore"])
def test_a_press_that_is_repeated_changes_nothing_and_is_no_error(
    verified: Browser, user: Any, name: str
) -> None:
    episode = EpisodeFactory(client__agency=user.agency)
    added = InterventionFactory(episode=episode)
    saved = change_record(user=user, record=added, values={"setting": "1"}).record
    shown, address = reverse("client", args=[episode.client.pk]), ""
    args = ["intervention", added.pk]
    if name == "record-undo":
        shown = address = reverse(name, args=[*args, saved.version])
    elif name == "record-delete":
        shown = address = reverse(name, args=args)
    else:
        delete_record(user=user, record=saved)
        address = reverse(name, args=args)
    form = OpenForm(verified, address, verified.get(shown).content.decode())
    first, second = form.send(), form.send()
    assert first.headers["Location"] == second.headers["Location"]
    events = list(AuditEvent.objects.values_list("verb", flat=True))
    assert [str(m) for m in get_messages(second.wsgi_request)][-1] == (
        "This form was sent before. Nothing was done again."
    )
    wanted = {"record-undo": "undone", "record-delete": "deleted", "record-restore": "restored"}
    assert events.count(wanted[name]) == 1


def test_a_form_that_was_refused_is_not_spent(verified: Browser, user: Any) -> None:
    form = OpenForm(verified, ADD)
    form["birth_date"] = "31/2/1985"
    refused = form.send()
    assert refused.status_code == 422
    again = OpenForm(verified, ADD, refused.content.decode())
    again["birth_date"] = "28/2/1985"
    assert again.send().status_code == 302
    assert again.send().status_code == 302
    assert Client.objects.count() == 1


def test_two_forms_add_two_clients(verified: Browser, user: Any) -> None:
    for _ in range(2):
        OpenForm(verified, ADD).send()
    assert Client.objects.count() == 2


def test_spent_forms_are_forgotten_when_they_are_too_old_to_be_sent(
    verified: Browser, user: Any
) -> None:
    with time_machine.travel("2026-03-02 10:00:00+00:00", tick=False):
        OpenForm(verified, ADD).send()
    with time_machine.travel("2026-03-03 12:00:00+00:00", tick=False):
        assert forget_spent() == 0
    with time_machine.travel("2026-03-05 12:00:00+00:00", tick=False):
        assert forget_spent() == 1
    assert not SpentForm.objects.exists()
    assert not Intervention.objects.exists()


@pytest.mark.parametrize("goes", ["intervention", "client"])
def test_what_was_typed_when_the_session_ended_and_was_deleted_then_is_shown_and_saved(
    client: Browser, user: Any, goes: str
) -> None:
    colleague = UserFactory(agency=user.agency)
    first = InterventionFactory(episode__client__agency=user.agency)
    sign_in(client, user)
    pages = pages_of("intervention", user.agency.dataset)
    form = OpenForm(client, reverse("record-change", args=["intervention", first.pk, pages[0].id]))
    form["referred_date"] = "1/2/2026"
    end_session(client)
    form.send()
    delete_record(user=colleague, record={"intervention": first, "client": first.client}[goes])
    sign_in(client, user)
    again = OpenForm(client, form.address)
    assert again["referred_date"] == "1/2/2026"
    response = again.send()
    assert response.status_code == 422
    assert f"was deleted by {colleague.email}" in response.content.decode()
    again = OpenForm(client, form.address, response.content.decode())
    assert again.send(restore="yes").status_code == 302
    assert Intervention.live.get(pk=first.pk).referred_date == datetime.date(2026, 2, 1)
    delete_record(user=colleague, record=Intervention.objects.get(pk=first.pk))
    assert client.get(form.address).status_code == 404, "nothing was typed"
