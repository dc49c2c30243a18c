"""What people type: dates in any usual form, codes as word or code, numbers."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from det.answers import (
    RADIOS,
    SELECT,
    TEXT,
    answer,
    choices,
    interpret,
    is_long,
    kind,
    read,
    shown,
    told,
)
from det.dates import FULL_MONTHS, doubt, example, read_date
from det.definition import core_dataset
from validation.dataset import DataItem

DAY = datetime.date(2022, 2, 1)


@pytest.mark.parametrize(
    "typed",
    [
        "1/2/22",
        "01/02/2022",
        "1.2.2022",
        "1-2-22",
        "1 2 2022",
        "01022022",
        "010222",
        "1 Feb 2022",
        "1st February 2022",
        "1feb22",
        "1 FEBRUARY 2022",
        "2022-02-01",
        "2022/2/1",
        "20220201",
        "  1/2/2022 ",
        "1–2–22",
        "1,2,22",
        "1\\2\\2022",
        "1 Feb '22",
        "1 Feb. 2022",
        "1st of February, 2022",
        "Tue 1 Feb 2022",
        "Tuesday, 1st February 2022",
        "Feb 1 2022",
        "February 1st, 2022",
        "2022-Feb-01",
        "01/02/2022 00:00",
        "2022-02-01T10:30:00Z",
    ],
)
def test_dates_in_any_usual_form(typed: str) -> None:
    assert read_date(typed, latest_year=2027) == DAY


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("20080315", (2008, 3, 15)),
        ("20010203", (2001, 2, 3)),
        ("20220201", (2022, 2, 1)),
        ("19850315", (1985, 3, 15)),
        ("15032008", (2008, 3, 15)),
        ("20122010", (2010, 12, 20)),
        ("20102012", (2012, 10, 20)),
        ("20101112", (2010, 11, 12)),
        ("19121912", (1912, 12, 19)),
    ],
)
def test_eight_digits_are_read_whichever_way_round_they_can_be(
    typed: str, day: tuple[int, int, int]
) -> None:
    assert read_date(typed, latest_year=2027) == datetime.date(*day)


@given(st.dates(datetime.date(1900, 1, 1), datetime.date(2032, 12, 31)))
def test_eight_digits_can_never_be_two_days(day: datetime.date) -> None:
    """No year from 1900 to 2099 begins with a day and a month whose year would do as well."""
    assert read_date(f"{day:%Y%m%d}", latest_year=2027) == day
    assert read_date(f"{day:%d%m%Y}", latest_year=2027) == day


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "31/02/2022",
        "0/1/2022",
        "1/13/2022",
        "Feb 2022",
        "1/2",
        "1e5",
        "1 foo 2022",
        "1/2/222",
        "1/2/20222",
        "03150820",
        "1/2/1899",
        "18991231",
        "1/2/2033",
        "1/2/2202",
        "20330201",
        "1 ma 2022",
        "1 2 3 2022",
        "Friday",
        "1/2/2022 at noon",
        "١/٢/٢٠٢٢",
        "١/٢/٢٠٢٢x",
    ],
)
def test_what_is_no_date(typed: str) -> None:
    assert read_date(typed, latest_year=2027) is None


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("Wednesday 2/2/1994", ""),
        ("Monday 2/2/1994", "2 February 1994 is a Wednesday, not a Monday"),
        ("tues 2 Feb 94", "2 February 1994 is a Wednesday, not a Tuesday"),
        ("1994-02-02T22:59:59Z", ""),
        ("1994-02-02T23:59", ""),
        ("1994-02-02T23:00Z", "Enter the day alone"),
        ("2 Feb 1994 23:00:00.000 Z", "Enter the day alone"),
        ("1994-02-02T00:00:00+00:00", ""),
        ("1994-02-02T00:00:00+02:00", "Enter the day alone"),
        ("1994-02-02T10:00-05:00", "Enter the day alone"),
    ],
)
def test_what_contradicts_a_day_is_asked_about_and_nothing_is_taken(typed: str, told: str) -> None:
    day = datetime.date(1994, 2, 2)
    assert read_date(typed, latest_year=2027) == (None if told else day)
    told_of = doubt(typed, latest_year=2027)
    assert told in told_of
    assert bool(told) == bool(told_of)


def test_what_is_no_day_is_in_no_doubt() -> None:
    assert doubt("Monday 31/2/1994") == doubt("Monday") == doubt("") == ""


def test_two_digits_of_a_year_are_the_latest_that_can_be() -> None:
    assert read_date("1/2/27", latest_year=2027) == datetime.date(2027, 2, 1)
    assert read_date("1/2/28", latest_year=2027) == datetime.date(1928, 2, 1)


@given(
    st.dates(datetime.date(1900, 1, 1), datetime.date(2032, 12, 31)),
    st.sampled_from(["%d/%m/%Y", "%Y-%m-%d"]),
)
def test_every_day_is_read_back(day: datetime.date, form: str) -> None:
    assert read_date(day.strftime(form), latest_year=2027) == day
    in_words = f"{day.day} {FULL_MONTHS[day.month - 1]} {day.year}"
    assert read_date(in_words, latest_year=2027) == day


def item(name: str) -> DataItem:
    return core_dataset().by_name[name]


@pytest.mark.parametrize(
    "name", [item.name for item in core_dataset().items if item.type == "date"]
)
def test_the_example_of_every_date_is_accepted_there(name: str) -> None:
    assert read_date(example(item(name)), latest_year=2027)
    assert example(item("client.birth_date")) == "27 3 1994"


@pytest.mark.parametrize(
    ("typed", "read_as"),
    [
        ("7000", "7000"),
        ("alcohol", "7000"),
        ("Alcohol (7000)", "7000"),
        ("  ALCOHOL ", "7000"),
        ("alco", "alco"),
        ("cocaine", "3200"),
        ("novel", "novel"),
        ("x01", "X01"),
        ("nothing like it", "nothing like it"),
        ("", ""),
    ],
)
def test_a_code_a_word_or_a_synonym_and_no_beginning(typed: str, read_as: str) -> None:
    assert read(item("episode.substance_1"), typed, "AD") == read_as


def test_every_answer_is_read_back_from_what_is_shown_in_its_field() -> None:
    for dataset in core_dataset().datasets:
        for coded in core_dataset().items:
            if coded.reference_list and dataset in coded.datasets:
                for code in choices(coded, dataset):
                    assert read(coded, answer(coded, code), dataset) == code


@pytest.mark.parametrize(
    ("name", "typed", "read_as"),
    [
        ("outcomes_profile.alcohol_days", "na", "NA"),
        ("outcomes_profile.alcohol_days", "07", "7"),
        ("outcomes_profile.alcohol_days", "1e5", "1e5"),
        ("outcomes_profile.alcohol_days", "²", "²"),
        ("client.first_initial", "j", "J"),
        ("episode.postcode_district", "m1 4", "M1 4"),
        ("episode.triage_date", "1/2/22", "01/02/2022"),
        ("episode.triage_date", "31/2/22", "31/2/22"),
        ("episode.software", " as is ", "as is"),
    ],
)
def test_other_answers(name: str, typed: str, read_as: str) -> None:
    assert read(item(name), typed, "AD") == read_as


@pytest.mark.parametrize(
    ("typed", "letter"), [("é", "E"), ("Ø", "O"), ("O’", "O"), ("A.", "A"), ("ñ ", "N"), ("j", "J")]
)
def test_an_initial_is_taken_without_its_marks(typed: str, letter: str) -> None:
    """Two people who write one name must arrive at one attributor."""
    reading = interpret(item("client.first_initial"), typed, "AD")
    assert reading.text == letter
    assert reading.taken == (typed.upper().strip() != letter)


@pytest.mark.parametrize("typed", ["Anna", "O’B", "ß", "Æ", "1", "-", "я"])
def test_what_is_more_or_less_than_one_letter_stays_as_typed_for_the_rule(typed: str) -> None:
    reading = interpret(item("client.first_initial"), typed, "AD")
    assert (reading.text, reading.taken) == (typed.upper(), False)


@pytest.mark.parametrize(
    ("name", "typed", "sentence"),
    [
        (
            "client.country_of_birth",
            "UK",
            "Country of birth: you typed UK, saved as United Kingdom (British).",
        ),
        ("client.country_of_birth", "united kingdom (british)", ""),
        ("client.country_of_birth", "Côte d’Ivoire", ""),
        (
            "client.country_of_birth",
            "fra",
            "Country of birth: you typed fra, saved as France.",
        ),
        ("client.country_of_birth", "France (FRA)", ""),
        ("client.religion", "C", ""),
        ("client.first_initial", "é", "Initial of first name: you typed é, saved as E."),
        (
            "client.birth_date",
            "1/2/85",
            "Date of birth: you typed 1/2/85, saved as 1 February 1985.",
        ),
        ("client.birth_date", "1 Feb 1985", ""),
        (
            "episode.postcode_district",
            "ls9 8aa",
            "Postcode, first part: only LS9 of the whole postcode was saved.",
        ),
        ("episode.postcode_district", "ls9 8", ""),
        ("outcomes_profile.alcohol_days", "07", ""),
    ],
)
def test_what_was_not_literally_typed_is_told(name: str, typed: str, sentence: str) -> None:
    assert told(item(name), typed, interpret(item(name), typed, "AD")) == sentence


def test_answers_are_shown_in_words() -> None:
    assert shown(item("client.sex"), "F") == "Female"
    assert shown(item("client.sex"), "?") == "?"
    assert shown(item("client.birth_date"), "01/02/1985") == "1 February 1985"
    assert shown(item("client.birth_date"), "") == ""


def test_long_lists_are_typed_and_short_ones_chosen() -> None:
    assert is_long(item("episode.substance_1"), "AD")
    assert not is_long(item("client.sex"), "AD")
    assert kind(item("episode.substance_1"), "AD") == TEXT
    assert kind(item("client.sex"), "AD") == RADIOS
    assert kind(item("client.religion"), "AD") == SELECT
    assert kind(item("episode.triage_date"), "AD") == TEXT


def test_authorities_that_ended_before_the_data_set_are_not_offered() -> None:
    offered = choices(item("episode.local_authority"), "AD")
    assert "E07000004" not in offered
    assert "E06000001" in offered


# Codes that ended

AUTHORITY = "episode.local_authority"
CORBY = core_dataset().lists["local_authority"].codes["E07000150"]


def test_a_code_that_has_ended_is_offered_for_the_days_on_which_it_was_in_use() -> None:
    assert CORBY.valid_to
    last, after = CORBY.valid_to, CORBY.valid_to + datetime.timedelta(days=1)
    assert CORBY.code in choices(item(AUTHORITY), "AD", day=last)
    assert CORBY.code not in choices(item(AUTHORITY), "AD", day=after)
    assert read(item(AUTHORITY), "Corby", "AD") == "Corby"
    assert interpret(item(AUTHORITY), "Corby", "AD", day=last).text == CORBY.code
    question = interpret(item(AUTHORITY), "Corby", "AD", day=after)
    assert question.is_question
    assert [c.text for c in question.nearest] == ["North Northamptonshire"]


def test_a_code_that_is_saved_is_kept_and_shown_as_ended() -> None:
    words = answer(item(AUTHORITY), CORBY.code)
    assert words.startswith("Corby (ended ")
    assert words.endswith(f" ({CORBY.code})")
    assert shown(item(AUTHORITY), CORBY.code) == words.removesuffix(f" ({CORBY.code})")
    after = datetime.date(2022, 6, 1)
    for typed in (words, f"Corby ({CORBY.code})", CORBY.code):
        kept = interpret(item(AUTHORITY), typed, "AD", day=after, kept=CORBY.code)
        assert (kept.text, kept.is_question) == (CORBY.code, False)


def test_of_two_answers_with_the_same_words_the_one_in_use_is_taken() -> None:
    upper = item("episode.upper_tier_local_authority")
    codes = core_dataset().lists["upper_tier_local_authority"].codes
    assert codes["E10000027"].text == codes["E06000066"].text == "Somerset"
    assert read(upper, "Somerset", "AD") == "E06000066"
