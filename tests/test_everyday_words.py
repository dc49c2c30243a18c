"""What people say for an answer ends in the right one, or in a question that offers it; never in another."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from det.answers import answer, choices, interpret, read
from det.definition import core_dataset
from det.nearest import MOST, nearest
from validation.dataset import Code, DataItem
from validation.words import name_key, plain

ASKED = "asked"
"""Taken for none, but offered."""

COUNTRY = "client.country_of_birth"
ETHNICITY = "client.ethnicity"
RELIGION = "client.religion"
DISABILITY = "client.disability_1"
SUBSTANCE = "episode.substance_1"
SOURCE = "episode.referral_source"
REASON = "episode.discharge_reason"
WORK = "episode.employment_status"
AUTHORITY = "episode.local_authority"
COUNTY = "episode.upper_tier_local_authority"
HOME = "episode.accommodation_need"

WORDS: tuple[tuple[str, str, str, str], ...] = (
    # Item, what is typed, an answer that is right, how it ends
    (COUNTRY, "UK", "United Kingdom (British)", ""),
    (COUNTRY, "u.k.", "United Kingdom (British)", ""),
    (COUNTRY, "GB", "United Kingdom (British)", ""),
    (COUNTRY, "Britain", "United Kingdom (British)", ""),
    (COUNTRY, "British", "United Kingdom (British)", ""),
    (COUNTRY, "England", "United Kingdom (British)", ""),
    (COUNTRY, "scotland", "United Kingdom (British)", ""),
    (COUNTRY, "Wales", "United Kingdom (British)", ""),
    (COUNTRY, "America", "United States", ""),
    (COUNTRY, "American", "United States", ""),
    (COUNTRY, "USA", "United States", ""),
    (COUNTRY, "the Gambia", "Gambia", ""),
    (COUNTRY, "Ivory Coast", "Côte d'Ivoire", ""),
    (COUNTRY, "Cote d’Ivoire", "Côte d'Ivoire", ""),
    (COUNTRY, "Russia", "Russian Federation", ""),
    (COUNTRY, "Vietnam", "Viet Nam", ""),
    (COUNTRY, "AUS", "Austria", ASKED),
    (COUNTRY, "AUS", "Australia", ASKED),
    (COUNTRY, "Korea", "Korea, Republic of", ASKED),
    (COUNTRY, "Ukrane", "Ukraine", ASKED),
    (COUNTRY, "Yugoslavia", "Serbia", ASKED),
    (SUBSTANCE, "crack cocaine", "Crack", ""),
    (SUBSTANCE, "cocaine", "Cocaine (excluding crack)", ""),
    (SUBSTANCE, "coke", "Cocaine (excluding crack)", ""),
    (SUBSTANCE, "weed", "Cannabis", ""),
    (SUBSTANCE, "spice", "Novel psychoactive substance: predominantly cannabinoid", ""),
    (SUBSTANCE, "MDMA", "Ecstasy", ""),
    (SUBSTANCE, "Subutex", "Buprenorphine", ""),
    (SUBSTANCE, "diazepam", "Benzodiazepines", ""),
    (SUBSTANCE, "Valium", "Benzodiazepines", ""),
    (SUBSTANCE, "antidepressants", "Anti-depressants", ""),
    (SUBSTANCE, "smack", "Heroin", ""),
    (SUBSTANCE, "laughing gas", "Nitrous oxide", ""),
    (SUBSTANCE, "beer", "Alcohol", ""),
    (SUBSTANCE, "none", "No second problem substance", ASKED),
    (SUBSTANCE, "none", "No third problem substance", ASKED),
    (SUBSTANCE, "herion", "Heroin", ASKED),
    (SUBSTANCE, "alco", "Alcohol", ASKED),
    (SUBSTANCE, "meth", "Methadone", ASKED),
    (SUBSTANCE, "meth", "Methamphetamine", ASKED),
    (SUBSTANCE, "gas", "Solvents", ASKED),
    (SUBSTANCE, "pills", "Ecstasy", ASKED),
    (SOURCE, "A and E", "A&E", ""),
    (SOURCE, "casualty", "A&E", ""),
    (SOURCE, "school", "Education service", ""),
    (SOURCE, "doctor", "GP", ""),
    (SOURCE, "job centre", "Employment service", ""),
    (SOURCE, "mum", "Relative", ""),
    (SOURCE, "family", "Relative", ASKED),
    (SOURCE, "probation", "National Probation Service", ASKED),
    (SOURCE, "police", "Arrest referral", ASKED),
    (SOURCE, "prison", "CARAT / prison", ASKED),
    (SOURCE, "mental health", "Psychiatry", ASKED),
    (SOURCE, "hospital", "General hospital", ASKED),
    (SOURCE, "hospital", "Hospital alcohol care team / liaison nurse", ASKED),
    (REASON, "died", "Incomplete - client died", ""),
    (REASON, "dropped out", "Incomplete - dropped out", ""),
    (REASON, "drug free", "Treatment completed - drug free", ""),
    (REASON, "prison", "Transferred - in custody", ASKED),
    (REASON, "treatment completed", "Treatment completed - alcohol free", ASKED),
    (WORK, "full time", "Regular employment", ""),
    (WORK, "student", "Pupil/student", ""),
    (WORK, "disabled", "Long term sick or disabled", ""),
    (WORK, "retired", "Retired from paid work", ""),
    (WORK, "self employed", "Self-employed", ""),
    (WORK, "unemployed", "Unemployed and seeking work", ASKED),
    (WORK, "unemployed", "Unemployed and not seeking work", ASKED),
    (WORK, "employed", "Regular employment", ASKED),
    (WORK, "carer", "Homemaker", ASKED),
    (DISABILITY, "none", "No disability", ""),
    (DISABILITY, "deaf", "Hearing", ""),
    (DISABILITY, "blind", "Sight", ""),
    (
        DISABILITY,
        "learning disability",
        "Memory or ability to concentrate, learn or understand (learning disability)",
        "",
    ),
    (DISABILITY, "wheelchair", "Mobility and gross motor", ""),
    (DISABILITY, "autism", "Behaviour and emotional", ASKED),
    (RELIGION, "Islam", "Muslim", ""),
    (RELIGION, "Catholic", "Christian", ""),
    (RELIGION, "C of E", "Christian", ""),
    (RELIGION, "atheist", "None", ""),
    (ETHNICITY, "Black Caribbean", "Caribbean", ""),
    (ETHNICITY, "British", "White British", ASKED),
    (ETHNICITY, "mixed", "Other mixed", ASKED),
    (ETHNICITY, "Black", "African", ASKED),
    (AUTHORITY, "Hull", "Kingston upon Hull", ""),
    (AUTHORITY, "Bristol", "City of Bristol", ""),
    (AUTHORITY, "Durham", "County Durham", ""),
    (AUTHORITY, "St Helens", "St. Helens", ""),
    (AUTHORITY, "Saint Helens", "St. Helens", ""),
    (AUTHORITY, "stockton on tees", "Stockton-on-Tees", ""),
    (AUTHORITY, "Brighton & Hove", "Brighton and Hove", ""),
    (AUTHORITY, "Newcastle", "Newcastle upon Tyne", ASKED),
    (AUTHORITY, "Newcastle", "Newcastle-under-Lyme", ASKED),
    (AUTHORITY, "Northampton", "West Northamptonshire", ASKED),
    (AUTHORITY, "Sheffeild", "Sheffield", ASKED),
    (COUNTY, "Herts", "Hertfordshire", ""),
    (COUNTY, "Hull", "Kingston upon Hull", ""),
    (HOME, "homeless", "NFA - urgent housing problem", ""),
    (HOME, "sofa surfing", "Housing problem", ""),
)


def item(name: str) -> DataItem:
    return core_dataset().by_name[name]


@pytest.mark.parametrize(("name", "typed", "right", "ending"), WORDS)
def test_an_everyday_word(name: str, typed: str, right: str, ending: str) -> None:
    reading = interpret(item(name), typed, "AD")
    if ending == ASKED:
        assert (reading.text, reading.is_question) == (typed, True)
        assert right in [entry.text for entry in reading.nearest]
    else:
        assert not reading.is_question
        assert choices(item(name), "AD")[reading.text].text == right


def test_the_table_is_as_wide_as_it_has_to_be() -> None:
    assert len({(name, typed) for name, typed, _, _ in WORDS}) >= 60
    assert len({item(name).reference_list for name, _, _, _ in WORDS}) >= 6


def test_the_names_are_many() -> None:
    names = {
        (answers.name, synonym)
        for answers in core_dataset().lists.values()
        for entry in answers.codes.values()
        for synonym in entry.synonyms
    }
    assert len(names) > 300


CODED = [
    (coded, dataset)
    for coded in core_dataset().items
    if coded.type == "code"
    for dataset in sorted(coded.datasets)
]
LISTS = list(
    {(coded.reference_list, dataset): (coded, dataset) for coded, dataset in CODED}.values()
)


def is_exact(typed: str, code: str, entry: Code) -> bool:
    """True when the text is the answer in other letters: its words, a synonym or its code."""
    return typed.casefold() == code.casefold() or name_key(typed) in entry.exact_keys


@given(st.data())
@settings(max_examples=1000, deadline=None)
def test_a_beginning_is_the_exact_answer_or_a_question_and_never_another_answer(
    data: st.DataObject,
) -> None:
    coded, dataset = data.draw(st.sampled_from(LISTS))
    codes = choices(coded, dataset)
    entry = data.draw(st.sampled_from(list(codes.values())))
    name = data.draw(st.sampled_from([entry.text, *entry.synonyms, *entry.related]))
    beginning = name[: data.draw(st.integers(1, len(name)))]
    for typed in (beginning, beginning.upper(), beginning.lower()):
        reading = interpret(coded, typed, dataset)
        if reading.is_question:
            assert reading.text == typed.strip()
            assert len(reading.nearest) <= MOST
        elif reading.text:
            assert is_exact(typed.strip(), reading.text, codes[reading.text])


@given(st.sampled_from(LISTS), st.text(max_size=40))
@settings(max_examples=500, deadline=None)
def test_any_text_is_an_exact_answer_or_a_question(where: tuple[DataItem, str], typed: str) -> None:
    coded, dataset = where
    codes = choices(coded, dataset)
    reading = interpret(coded, typed, dataset)
    assert reading.text == typed.strip() or is_exact(
        typed.strip(), reading.text, codes[reading.text]
    )
    assert reading.is_question == (reading.text not in ("", *codes))


def test_every_name_of_every_answer_is_read_as_that_answer() -> None:
    for coded, dataset in LISTS:
        codes = choices(coded, dataset)
        texts = [name_key(entry.text) for entry in codes.values()]
        for code, entry in codes.items():
            for name in (answer(coded, code), *entry.synonyms):
                assert read(coded, name, dataset) == code
                assert read(coded, name.upper(), dataset) == code
            if texts.count(name_key(entry.text)) == 1:
                assert read(coded, entry.text, dataset) == code


def test_every_related_word_is_a_question_that_offers_the_answer() -> None:
    """But where it is the very name of one; of a word that more bear than people look through, some are offered."""
    for coded, dataset in LISTS:
        codes = choices(coded, dataset).values()
        for entry in codes:
            for word in entry.related:
                if any(name_key(word) in other.exact_keys for other in codes):
                    continue
                reading = interpret(coded, word, dataset)
                assert reading.is_question, word
                bearing = [c for c in codes if word in c.related or plain(word) in plain(c.text)]
                assert entry in reading.nearest or len(bearing) > MOST, word


@pytest.mark.parametrize(
    ("typed", "year", "expected"),
    [
        ("Somerset", 2022, "E10000027"),
        ("Somerset", 2024, "E06000066"),
        ("North Yorkshire", 2022, "E10000023"),
        ("North Yorkshire", 2024, "E06000065"),
    ],
)
def test_of_two_answers_with_the_same_words_it_is_that_of_the_day(
    typed: str, year: int, expected: str
) -> None:
    item = core_dataset().by_name["episode.upper_tier_local_authority"]
    reading = interpret(item, typed, "AD", day=datetime.date(year, 5, 6))
    assert (reading.text, reading.is_question) == (expected, False)


def test_letters_that_are_a_code_are_no_answer_where_others_begin_with_them() -> None:
    """The code of one country is the beginning of the next: AUS is Australia, and Austria begins so."""
    asked = interpret(item(COUNTRY), "aus", "AD")
    assert asked.is_question
    assert [entry.text for entry in asked.nearest] == ["Australia", "Austria"]
    assert read(item(COUNTRY), "FRA", "AD") == "FRA"


def test_the_best_comes_first_and_there_are_not_too_many() -> None:
    codes = list(choices(item(AUTHORITY), "AD").values())
    found = [entry.text for entry in nearest("Kingston upon", codes)]
    assert found == ["Kingston upon Hull", "Kingston upon Thames"]
    assert len(nearest("s", codes)) == MOST
    assert nearest("--", codes) == ()
    assert nearest("xyzzyx", codes) == ()
