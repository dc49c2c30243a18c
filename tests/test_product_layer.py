"""What services, presenters and views promise, where the tests of the pages as a whole would not notice a change."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client as Browser
from django.urls import reverse

from det import services
from det.checking import recheck_agency
from det.models import Client, Finding
from det.pages import page_after, page_of, pages_of
from ndtms.accounts.models import Role
from ndtms.audit import services as audit
from ndtms.audit.models import AuditEvent
from ndtms.audit.selectors import events_for
from tests.conftest import sign_in
from tests.factories import AgencyFactory, ClientFactory, EpisodeFactory, UserFactory
from tests.test_entering import FORM, add_client, answers, change_address

pytestmark = pytest.mark.django_db


def test_the_audit_names_the_items_that_a_save_changed_and_no_other(user: Any) -> None:
    client = ClientFactory(agency=user.agency)
    before = client.values()
    services.change_record(
        user=user,
        record=client,
        values={"first_initial": "Q", "last_initial": before["last_initial"], "sex": "M"},
    )
    event = AuditEvent.objects.get(verb="changed")
    assert event.detail["items"] == ["first_initial", "sex"]


def test_the_audit_names_the_items_with_which_a_record_begins(verified: Browser, user: Any) -> None:
    add_client(verified, user.agency, first_initial="J", sex="F")
    event = AuditEvent.objects.get(verb="added")
    assert event.detail["items"] == ["client_id", "first_initial", "sex"]


def test_a_warning_can_be_explained_and_an_error_cannot(user: Any) -> None:
    episode = EpisodeFactory(client__agency=user.agency, client__birth_date=None)
    recheck_agency(user.agency)
    error, warning = (
        Finding.objects.filter(client=episode.client, severity=severity).first()
        for severity in ("error", "warning")
    )
    assert error
    assert warning
    with pytest.raises(ValueError, match="warning"):
        services.explain(user=user, finding=error, text="It is so")
    services.explain(user=user, finding=warning, text="It is so")
    recheck_agency(user.agency)
    explained = Finding.objects.filter(client=episode.client, explained=True)
    assert [(f.rule, f.item) for f in explained] == [(warning.rule, warning.item)]


def test_what_was_typed_while_the_session_ended_is_shown_on_its_own_page_only(
    client: Browser, user: Any
) -> None:
    episode = EpisodeFactory(client__agency=user.agency)
    address = change_address(episode, "referral")
    post = answers("episode", user.agency, "referral", software="Typed late")
    client.post(address, urlencode(post), content_type=FORM)
    sign_in(client, user)
    for other in (
        reverse("client-add"),
        change_address(EpisodeFactory(client=episode.client), "referral"),
    ):
        page = client.get(other).content.decode()
        assert [text for text in ("Typed late", "save them again") if text in page] == []


def test_blanks_lead_on_to_the_next_page_and_a_contradiction_comes_back(
    verified: Browser, user: Any
) -> None:
    """Whoever takes answers away has seen the questions; whoever contradicts an answer has not seen that."""
    agency = user.agency
    episode = EpisodeFactory(client__agency=agency, postcode_district="LS6")
    recheck_agency(agency)
    home = page_of("episode", agency.dataset, "home")
    assert home
    following = page_after("episode", agency.dataset, home)
    assert following
    asked = {item.name for item in home.items}
    blank = answers("episode", agency, "home", then="next")
    response = verified.post(change_address(episode, "home"), blank)
    found = Finding.objects.filter(client=episode.client, item__in=asked)
    assert {f.severity for f in found} == {"warning"}
    assert found.filter(item="episode.postcode_district", value="").count() == 1
    assert response.headers["Location"] == change_address(episode, following.id)

    days = {"referral_date": "12/1/2026", "triage_date": "5/1/2026", "episode_id": "E1"}
    post = answers("episode", agency, "referral", then="next", **days)
    response = verified.post(change_address(episode, "referral"), post)
    assert response.headers["Location"] == change_address(episode, "referral")


def test_only_a_page_that_is_followed_by_another_leads_on(verified: Browser, user: Any) -> None:
    """Where both buttons would lead to the client there is one."""
    episode = EpisodeFactory(client__agency=user.agency)
    offered = {}
    for page in pages_of("episode", user.agency.dataset):
        html = verified.get(change_address(episode, page.id)).content.decode()
        form = html[html.index('class="det-form"') : html.index("</form>", html.index("det-form"))]
        offered[page.id] = re.findall(r"<button[^>]*>(Save[^<]*)</button>", form)
    onwards = ["Save and continue", "Save and go to the client"]
    ends = {"safety", "discharge"}
    assert offered == {page: ["Save"] if page in ends else onwards for page in offered}
    assert ends < offered.keys()


def test_nobody_without_a_region_sees_the_events_of_no_region() -> None:
    """Events of strangers at the sign-in page are of no agency and of no region."""
    agency = AgencyFactory(region="London")
    lead = UserFactory(role=Role.LEAD, agency=agency)
    audit.record(who="stranger@example.org", verb="refused sign-in")
    audit.record(who=lead.email, verb="refused sign-in")
    audit.record(who="team@example.org", verb="registered key", region="London")
    audit.record(who="somebody@example.org", verb="added", agency=agency.code)
    assert [event.who for event in events_for(lead)] == ["somebody@example.org", lead.email]
    regional = UserFactory(role=Role.REGIONAL, region="London")
    assert [event.who for event in events_for(regional)] == [
        "somebody@example.org",
        "team@example.org",
        lead.email,
    ]


def test_a_client_of_another_agency_is_not_changed_by_what_is_typed_here(
    verified: Browser, user: Any
) -> None:
    theirs = ClientFactory(client_id="C-THEIRS")
    assert verified.post(change_address(theirs), {"version": "1", "sex": "M"}).status_code == 404
    assert Client.objects.get(pk=theirs.pk).values() == theirs.values()
