"""One page of a record as a form: what is asked back, what is taken, what stays, what is marked."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.http import QueryDict
from django.template import engines
from django.test import Client as Browser
from django.urls import reverse

from det.answers import RADIOS, SELECT, kind
from det.definition import core_dataset
from det.forms.fields import ANSWER, ASKED, NO_ANSWER, ItemField
from det.forms.record import RecordForm
from det.models import Episode, Record
from det.pages import page_of
from tests.conftest import sign_in
from tests.factories import AgencyFactory, ClientFactory, EpisodeFactory, UserFactory
from validation.engine import malformed

pytestmark = pytest.mark.django_db

ENDED = "E07000150"
SOURCE, OFFERED = "referral_source", ("X05", "X09")
"""What `police` may be."""


def form_of(record: Record, page_id: str, **posted: str | list[str]) -> RecordForm:
    """The form of the page; where something is posted, whole, with the fields that are given."""
    page = page_of(record.section, record.agency.dataset, page_id)
    assert page
    if not posted:
        return RecordForm(record=record, page=page)
    data = QueryDict(mutable=True)
    for item in page.items:
        data[item.field] = record.value(item.field)
    for name, value in posted.items():
        data.setlist(name, value if isinstance(value, list) else [value])
    return RecordForm(record=record, page=page, data=data)


def drawn(form: RecordForm) -> str:
    template = engines["django"].from_string("{% load crispy_forms_tags %}{% crispy form %}")
    return " ".join(str(template.render({"form": form})).split())


# A question


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("Monday 2/2/2026", ""),
        ("Tuesday 2/2/2026", "2 February 2026 is a Monday, not a Tuesday"),
        ("2026-02-02T22:00Z", ""),
        ("2026-02-02T23:00Z", "Enter the day alone"),
    ],
)
def test_a_day_that_contradicts_itself_is_a_question(typed: str, told: str) -> None:
    form = form_of(EpisodeFactory(), "referral", triage_date=typed)
    assert form.is_valid() is not bool(told)
    if told:
        assert len(form.errors["triage_date"]) == 1
        assert told in form.errors["triage_date"][0]
        assert form["triage_date"].value() == typed
    else:
        assert form.texts["triage_date"] == "02/02/2026"


def test_what_may_be_several_answers_comes_back_as_a_question_and_nothing_else_is_lost() -> None:
    form = form_of(
        EpisodeFactory(),
        "referral",
        referral_source="police",
        software="Mine",
        triage_date="1/2/2026",
    )
    assert not form.is_valid()
    assert list(form.errors) == [SOURCE]
    field = form.fields[SOURCE]
    assert isinstance(field, ItemField)
    assert tuple(entry.code for entry in field.nearest) == OFFERED
    html = drawn(form)
    for code in OFFERED:
        assert re.search(rf'name="{SOURCE}-answer" type="radio" value="{code}"', html)
    assert f'name="{SOURCE}-asked" value="police"' in html
    assert re.search(rf'name="{SOURCE}" value="police"', html)
    assert 'value="Mine"' in html
    assert 'value="1/2/2026"' in html


def test_choosing_one_and_saving_is_enough() -> None:
    chosen = {SOURCE + ANSWER: "X05", SOURCE + ASKED: "police"}
    for typed in ("police", ""):
        form = form_of(EpisodeFactory(), "referral", **{SOURCE: typed}, **chosen)
        assert form.is_valid(), form.errors
        assert form.texts[SOURCE] == "X05"
        assert form.taken == []


def test_none_of_these_leaves_what_is_typed() -> None:
    form = form_of(
        EpisodeFactory(),
        "referral",
        **{SOURCE: "A and E", SOURCE + ANSWER: "", SOURCE + ASKED: "police"},
    )
    assert form.is_valid()
    assert form.texts[SOURCE] == "9"


def test_what_is_chosen_and_what_is_typed_meanwhile_must_not_differ() -> None:
    asked = {SOURCE + ANSWER: "X05", SOURCE + ASKED: "police"}
    form = form_of(EpisodeFactory(), "referral", **{SOURCE: "GP"}, **asked)
    assert not form.is_valid()
    assert "You chose Arrest referral and typed GP" in str(form.errors[SOURCE])
    assert form[SOURCE].value() == "GP"


@pytest.mark.parametrize("answer", ["E06000010", "no such code", "x" * 5000])
def test_an_answer_that_was_not_offered_is_no_answer(answer: str) -> None:
    form = form_of(
        EpisodeFactory(),
        "referral",
        **{SOURCE: "police", SOURCE + ANSWER: answer, SOURCE + ASKED: ""},
    )
    assert not form.is_valid()
    assert list(form.errors) == [SOURCE]


def test_only_questions_whose_answer_is_typed_bring_a_choice() -> None:
    form = form_of(EpisodeFactory(), "referral", **{"triage_date" + ANSWER: "X05"})
    assert not form.is_valid()
    assert "what it does not ask" in str(form.non_field_errors())


def test_what_is_like_nothing_points_to_all_answers() -> None:
    form = form_of(EpisodeFactory(), "referral", referral_source="xyzzyx")
    assert "Look at all answers" in str(form.errors[SOURCE])
    address = reverse("data-item", args=["episode", SOURCE])
    assert f'href="{address}"' in drawn(form)


# What was taken


def test_the_form_tells_what_it_took() -> None:
    form = form_of(
        EpisodeFactory(), "home", local_authority="Hull", postcode_district="LS9 8AA", veteran=""
    )
    assert form.is_valid()
    assert (form.texts["local_authority"], form.texts["postcode_district"]) == ("E06000010", "LS9")
    assert form.taken == [
        "Postcode, first part: only LS9 of the whole postcode was saved.",
        "Local authority of residence: you typed Hull, saved as Kingston upon Hull.",
    ]


def test_a_form_that_is_sent_as_it_was_drawn_took_nothing_and_changes_nothing() -> None:
    episode = EpisodeFactory(local_authority="E06000010", employment_status="1")
    page = page_of("episode", "AD", "home")
    assert page
    blank = form_of(episode, "home")
    data = {item.field: str(blank[item.field].value() or "") for item in page.items}
    form = form_of(episode, "home", **data)
    assert form.is_valid()
    assert form.taken == []
    assert form.texts == {name: episode.value(name) for name in form.fields}


# What stays


def an_old_episode() -> Episode:
    client = ClientFactory()
    days = {"referral_date": "2020-01-06", "triage_date": "2020-01-13"}
    key = EpisodeFactory(
        client=client, local_authority=ENDED, upper_tier_local_authority="E10000021", **days
    ).pk
    return Episode.objects.get(pk=key)


def test_an_ended_code_that_is_saved_stays_and_is_shown_as_ended() -> None:
    episode = an_old_episode()
    shown = form_of(episode, "home")["local_authority"].value()
    assert shown.startswith("Corby (ended ")
    for typed in (shown, f"Corby ({ENDED})"):
        form = form_of(episode, "home", local_authority=typed, accommodation_need="3")
        assert form.is_valid(), form.errors
        assert form.texts["local_authority"] == ENDED


def test_an_ended_code_is_kept_but_not_offered_anew_for_a_later_day() -> None:
    episode = an_old_episode()
    Episode.objects.filter(pk=episode.pk).update(triage_date="2022-06-13")
    episode.refresh_from_db()
    kept = form_of(episode, "home", local_authority=f"Corby ({ENDED})")
    assert kept.is_valid(), kept.errors
    later = Episode.objects.get(pk=EpisodeFactory(client=episode.client).pk)
    asked = form_of(later, "home", local_authority=f"Corby ({ENDED})")
    assert not asked.is_valid()
    lines = dict(form_of(later, "home").datalists)["list_local_authority"]
    assert not [line for line in lines if ENDED in line["answer"]]


def test_an_old_answer_that_no_list_has_does_not_refuse_the_page() -> None:
    """Code lists change under what is saved; whoever changes something else is not held up by it."""
    key = EpisodeFactory().pk
    Episode.objects.filter(pk=key).update(
        local_authority="E00000000", accommodation_need="7", employment_status="77"
    )
    episode = Episode.objects.get(pk=key)
    form = form_of(episode, "home", veteran="1")
    assert form.is_valid(), form.errors
    assert form.texts["employment_status"] == "77"
    html = drawn(form)
    assert re.search(r'value="7" checked', html)
    assert re.search(r'<option value="77" selected', html)
    changed = form_of(episode, "home", employment_status="78")
    assert list(changed.errors) == ["employment_status"]


def test_words_of_a_form_that_was_drawn_when_they_were_typed_are_not_lost() -> None:
    client = ClientFactory()
    post = {"religion": "Muslim (G)", "disability_1": "deaf", "client_reference": "=1"}
    form = form_of(client, "all", **post)
    assert list(form.errors) == ["client_reference"]
    html = drawn(form)
    assert '<option value="G" selected>' in html
    assert '<option value="2" selected>' in html
    again = form_of(client, "all", religion="Muslim (G)", disability_1="deaf")
    assert again.is_valid(), again.errors
    assert (again.texts["religion"], again.texts["disability_1"]) == ("G", "2")


# What is taken back


def test_every_question_with_answers_to_choose_from_can_be_taken_back() -> None:
    for dataset in core_dataset().datasets:
        record = EpisodeFactory(client__agency=AgencyFactory(dataset=dataset))
        for page_id in ("referral", "family", "mental_health", "discharge"):
            for name, field in form_of(record, page_id).fields.items():
                assert isinstance(field, ItemField)
                if kind(field.item, dataset) in (RADIOS, SELECT):
                    assert ("", NO_ANSWER) in field.widget.choices, name
    episode = EpisodeFactory(previously_treated="Y")
    form = form_of(episode, "referral", previously_treated=["", ""])
    assert form.is_valid()
    assert form.texts["previously_treated"] == ""


def test_nothing_is_chosen_where_nothing_is_answered() -> None:
    assert "checked" not in drawn(form_of(EpisodeFactory(), "referral"))


# What is marked


def test_what_may_stay_blank_is_marked() -> None:
    html = drawn(form_of(EpisodeFactory(), "referral"))
    assert "Software system and version (optional)" in html
    assert "Continuity of care from a secure setting (optional)</legend>" in html
    assert "Referral date (optional)" not in html
    assert "Referral source (optional)" not in html


def test_what_is_provisional_is_said_once_on_the_page() -> None:
    html = drawn(form_of(EpisodeFactory(), "home"))
    assert html.count("provisional") == html.count("Some of this page is provisional") + html.count(
        "All that is provisional"
    ) + html.count("show=provisional")
    assert "headers: HOMELESS" in html
    assert "Provisional:" not in html
    review = form_of(EpisodeFactory(), "substances")
    assert "Problem substance 1" in drawn(review).split("codes of the answers to:")[1]


def test_when_a_question_is_asked_is_said_once() -> None:
    """The hint of the definition says so itself, or a sentence is made."""
    html = drawn(form_of(EpisodeFactory(), "blood_borne_viruses"))
    assert "Only if vaccination was offered and accepted" in html
    assert "Only if Hepatitis B intervention status is" not in html
    for field in form_of(EpisodeFactory(), "blood_borne_viruses").fields.values():
        said = f"{field.help_text} {getattr(field, 'only_if', '')}"
        assert len(re.findall(r"\bonly\b", said, re.IGNORECASE)) <= 1


def test_a_condition_knows_all_names_of_an_answer() -> None:
    """Who types beer is asked at once what is asked of alcohol."""
    (conditions,) = re.findall(
        r'data-shown-when="([^"]*)"[^>]*> <label class="govuk-label" for="id_sadq_score"',
        drawn(form_of(EpisodeFactory(), "substances")),
    )
    for name in ("beer", "alcohol", "7000", "alcohol (7000)"):
        assert f"&quot;{name}&quot;" in conditions


# Through the pages


@pytest.fixture
def user() -> Any:
    return UserFactory()


@pytest.fixture
def browser(client: Browser, user: Any) -> Any:
    return sign_in(client, user)


def test_a_page_with_a_question_is_refused_with_the_question(browser: Browser, user: Any) -> None:
    episode = EpisodeFactory(client__agency=user.agency)
    page = page_of("episode", user.agency.dataset, "referral")
    assert page
    post = {item.field: "" for item in page.items} | {"version": "1", SOURCE: "probation"}
    address = reverse("record-change", args=["episode", episode.pk, "referral"])
    response = browser.post(address, post | {"episode_id": episode.episode_id})
    text = response.content.decode()
    assert response.status_code == 422
    assert "Which do you mean" in text
    assert "National Probation Service</label>" in text
    episode.refresh_from_db()
    assert episode.referral_source == ""


def test_after_the_save_the_page_says_what_was_taken(browser: Browser, user: Any) -> None:
    episode = EpisodeFactory(client__agency=user.agency)
    page = page_of("episode", user.agency.dataset, "home")
    assert page
    post = {item.field: "" for item in page.items}
    address = reverse("record-change", args=["episode", episode.pk, "home"])
    response = browser.post(
        address, post | {"local_authority": "Hull", "postcode_district": "LS9 8AA"}, follow=True
    )
    text = response.content.decode()
    assert "you typed Hull, saved as Kingston upon Hull." in text
    assert "only LS9 of the whole postcode was saved." in text
    assert "8AA" not in text
    again = browser.post(
        address, post | {"local_authority": "Kingston upon Hull (E06000010)"}, follow=True
    )
    assert "you typed" not in again.content.decode()


# An answer that is kept though it is not offered


@pytest.mark.parametrize(
    ("kept", "label"), [("X02", "YP psychosocial (X02)"), ("X99", "X99"), ("94", None)]
)
def test_a_kept_answer_that_is_not_offered_is_called_by_its_words(
    kept: str, label: str | None
) -> None:
    """Words and code of an answer of another dataset; a code without words as it is; an answer offered as ever."""
    item = core_dataset().by_name["intervention.intervention_type"]
    field = ItemField(item, "AD", "", kept=kept)
    lines = dict(field.widget.choices)  # type: ignore[attr-defined]
    assert lines[kept] == (label or "Pharmacological intervention")
    assert field.clean(kept) == kept


def test_an_answer_in_words_that_is_kept_is_answered_with_one_to_choose() -> None:
    client = ClientFactory.build(sex="F", religion="Baha'i")
    texts = {**client.values(), "religion": "Baha'i"}
    found = malformed(texts, "client", core_dataset(), "AD")
    assert [message for item, message in found if item.field == "religion"] == [
        "Baha'i cannot be taken for Religion or belief. Choose one of the answers."
    ]
