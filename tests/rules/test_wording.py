"""Messages say what is wrong in words: both values, both dates, the name of an answer, and what to do."""

import re

import pytest

from tests.rules.base import (
    ALCOHOL,
    ANOTHER_CLIENT,
    DEFINITION,
    DISCHARGED,
    NO,
    YES,
    code,
    judge,
    of_rule,
    plain,
)
from validation.engine import FILE, FORM, checks, message
from validation.wording import columns, without_values

SIR = "sub_intervention_review"
CORBY = {
    "episode.local_authority": "E07000150",
    "episode.upper_tier_local_authority": "E10000021",
    "episode.referral_date": "01/04/2021",
    "episode.triage_date": "01/04/2021",
}


def said(key, changes, dataset="AD"):
    return of_rule(judge(dataset, changes), key)[0]["message"]


@pytest.mark.parametrize(
    ("key", "changes", "words"),
    [
        ("NQ048", {"episode.triage_date": "02/01/2022"},
         "Triage date (2 January 2022) is before the referral date (3 January 2022)."),
        ("NQ050", {"intervention.referred_date": "2022-01-01"},
         "Date referred to intervention (1 January 2022) is before the episode's referral date (3 January 2022)."),
        ("NQ055b", {**DISCHARGED, "intervention.end_date": "01/06/2022"},
         "Discharge date (31 May 2022) is before the end of an intervention (1 June 2022)."),
        ("NQ096", {**DISCHARGED, "intervention[1].end_date": None, "intervention[1].exit_status": None},
         "The client is discharged (31 May 2022), but an intervention is still open "
         "(Psychosocial intervention, started 31 January 2022)."),
        ("NQ060b", {"outcomes_profile[1].profile_date": "08/08/2022"},
         "Review outcomes profile (8 August 2022) is more than 26 weeks after the treatment start "
         "or the profile before it (24 January 2022)."),
        ("NQ023a", {"episode.care_plan_start_date": "11/07/2022"},
         "Care plan start date (11 July 2022) is later than today."),
        ("NQ087", {"episode.hepc_test_date": "01/02/2022", "episode.hepc_status": "B"},
         "A hepatitis C test date is given (1 February 2022), "
         "but the status is not offered and accepted (Offered and refused)."),
        ("NQ087", {"episode.hepc_test_date": "early May"}, "A hepatitis C test date is given (early May)"),
        ("NQ081a", {"episode.mental_health_treatment": "6", "episode.mental_health_need": None},
         "(Treatment need identified but no treatment being received), but the need for it is not yes (blank)."),
        ("NQ110", {"+intervention": {}},
         "the same type and setting (Pharmacological intervention, referred 10 January 2022)."),
        ("NQ126", {"also": [{"episode.episode_id": "E2", "episode.triage_date": "11/01/2022"}]},
         "the triage date (11 January 2022) lies before the end of an earlier one (still open)."),
        ("NQ127", {"also": [ANOTHER_CLIENT]},
         "the same initials, date of birth, sex and local authority (clients C1, C2). Check if they are one person"),
        ("NQ046", {"episode.substance_1_first_age": "40"},
         "Age of first use (40) is above the client's age at triage (36). "
         "Check it against the date of birth (15 June 1985) and the triage date (10 January 2022)."),
        ("NQ032", {**CORBY, "episode.upper_tier_local_authority": None},
         "Corby (E07000150) is no longer an answer for Local authority of residence "
         "(its last day was 31 March 2021). Choose what has taken its place (North Northamptonshire), "
         "or correct the date."),
        ("NQ030", {"episode.upper_tier_local_authority": "E10000012"},
         "Local authority (Leeds) does not lie in the upper tier local authority given (Essex)."),
        ("NQ075a", {"episode.substance_1": ALCOHOL, "episode.substance_2": ALCOHOL},
         "Problem substance 2 (Alcohol (7000)) is the same as another problem substance."),
        ("NQ075b", {"episode.substance_3": plain("substance")},
         "Problem substance 3 (Barbiturates (2100)) is the same as another problem substance."),
        ("NQ108", {"intervention.intervention_type": plain("intervention_type", "YP")},
         "Intervention type: YP harm reduction (X03) is not an answer of this dataset. Choose one of the answers."),
        ("NQ031", {"client.sex": "W"}, "W is not one of the answers for Sex."),
        ("NQ114b", {"-intervention": 1},
         "Motivational interventions is ticked, but the client had no psychosocial intervention."),
        ("NQ115", {"episode.substance_1": ALCOHOL, f"{SIR}.methadone_maintenance": None,
                   f"{SIR}.buprenorphine_naloxone_maintenance": YES},
         "Buprenorphine with naloxone: opioid maintenance is ticked, but no problem substance is an opiate."),
    ],
)  # fmt: skip
def test_a_message_says_what_it_compares(key, changes, words):
    assert words in said(key, changes)


def test_of_many_who_share_something_the_first_are_named():
    """However many there are, a message stays short: it is made for each of them."""
    many = [
        {**ANOTHER_CLIENT, "client.client_id": f"C{n}", "episode.episode_id": f"E{n}"}
        for n in range(2, 9)
    ]
    found = of_rule(judge("AD", {"also": many}), "NQ127")
    assert len(found) == 8
    assert {"(clients C1, C2, C3, C4, C5 and 3 more)" in f["message"] for f in found} == {True}


def test_the_answer_that_ended_names_all_that_took_over():
    told = said("NQ032", {**CORBY, "episode.local_authority": None})
    assert "what has taken its place (North Northamptonshire or West Northamptonshire)" in told


@pytest.mark.parametrize("rule", DEFINITION.rules.values(), ids=lambda rule: rule.key)
def test_the_message_of_several_rows_is_a_sentence_without_their_values(rule):
    items = [DEFINITION.by_name[name] for name in rule.items[:1]] or [DEFINITION.items[0]]
    text = without_values(message(rule, items[0]))
    assert [name for name in columns(text) if name not in ("row", "header")] == []
    assert "()" not in text
    assert "  " not in text
    assert not re.search(r"\([^)]*$", text)


def test_the_example_of_a_date_is_one_that_files_take():
    rule, item = DEFINITION.rules["NQ022"], DEFINITION.by_name["episode.care_plan_start_date"]
    named = re.search(r"such as (\S+)\.", message(rule, item, FILE))
    assert named
    example = named[1]
    assert of_rule(judge("AD", {item.name: example}), "NQ022") == []


def test_no_message_says_a_code_for_a_word():
    """Of a code there are the words, and the code only behind them."""
    changes = {
        "episode.injecting_status": code("injecting_status", "not_injecting"),
        "episode.route": code("route", "inject"),
        "episode.pregnant": NO,
        "episode.early_help_2": plain("early_help"),
        "episode.hepb_vaccination_count": "C",
        **CORBY,
    }
    for finding in judge("AD", changes):
        words = re.sub(r" \([A-Z]?[0-9]+\)", "", finding["message"])
        assert not re.search(r"\b[A-Z]?[0-9]{4,}\b(?<!20[0-9]{2})(?<!19[0-9]{2})", words), finding


MADE = [
    c
    for dataset in DEFINITION.datasets
    for made in checks(DEFINITION, dataset).values()
    for c in made
]


def test_no_message_on_coded_items_holds_the_value_without_its_words():
    """What is given in words where a code is wanted is no code."""
    bare = {c.rule.key for c in MADE if c.item.type == "code" and "{value}" in c.rule.message}
    assert bare == {rule.key for rule in DEFINITION.rules.values() if rule.kind == "label"}


ONLY_IN_FILES = {"NQ121"}
"""What nobody can enter in the tool."""


def test_messages_on_forms_speak_of_forms_and_messages_on_files_of_files():
    of_files = re.compile(r"\b(files?|rows?|columns?|header|codes?)\b", re.IGNORECASE)
    about_agency = "agency code"
    for c in MADE:
        if c.rule.key not in ONLY_IN_FILES:
            said = message(c.rule, c.item, FORM).lower().replace(about_agency, "")
            assert not of_files.search(said), (c.rule.key, said)


@pytest.mark.parametrize("key", ["NQ008", "NQ031", "NQ108"])
def test_an_answer_is_chosen_on_a_form_and_given_as_a_code_in_a_file(key):
    item = DEFINITION.by_name["intervention.intervention_type"]
    assert message(DEFINITION.rules[key], item, FORM).endswith("Choose one of the answers.")
    assert message(DEFINITION.rules[key], item, FILE).endswith("Give a code from the list.")
