# ruff: noqa: E501 (the tables of cases are read as tables)
"""Who a record is about: authorities, what fits the person, conflicting and repeated IDs, consent."""

import pytest

from tests.rules.base import (
    ALONE,
    ANOTHER_CLIENT,
    ANOTHER_EPISODE,
    DATASETS,
    DEFINITION,
    LIMITS,
    NO,
    STRANGER,
    YES,
    born,
    code,
    fails,
    judge,
    of_rule,
    outside,
    passes,
    plain,
)

LOCAL, UPPER = "episode.local_authority", "episode.upper_tier_local_authority"
DISTRICT = next(
    answer
    for answer in DEFINITION.lists["local_authority"].codes.values()
    if answer.parent != answer.code and not answer.valid_to
)
ANOTHER_UPPER = next(
    answer
    for answer in DEFINITION.lists["upper_tier_local_authority"].codes.values()
    if answer.code not in (DISTRICT.parent, "E08000035") and answer.parent == answer.code
)
SEXUALITY, DOB, SEX = "client.sexual_orientation", "client.birth_date", "client.sex"
PREGNANT, PREGNANT_LATER = "episode.pregnant", "client_information_review.pregnant"
MALE, FEMALE = code("sex", "male"), code("sex", "female")
NONE, DECLINED = code("disability", "none"), code("disability", "declined")
FIRST, SECOND, THIRD = (plain("disability", number=n) for n in range(3))
UNDER = {DOB: born(LIMITS["orientation_age"], 1)}
OTHERWISE = {"episode.postcode_district": "LS7"}
ATTRIBUTOR = {
    "client.first_initial": "X",
    "client.last_initial": "X",
    DOB: "16/06/1985",
    SEX: MALE,
    LOCAL: "E08000036",
}


def disabilities(*codes):
    return {f"client.disability_{n}": given for n, given in enumerate(codes, 1)}


def without_consent(**given):
    """What may be sent of a client without consent, and what is given beside it."""
    others = {
        item.name: None
        for item in DEFINITION.items
        if item.record in ("client", "episode") and "without_consent" not in item.tags
    }
    return {**others, "client.consent": code("consent", "refused"), **ALONE, **given}


def leaving(*lists):
    """The lists that are taken away, but for these."""
    return {path: value for path, value in ALONE.items() if path.removeprefix("-") not in lists}


def only(record):
    """A client without consent of whom nothing but one list is sent."""
    changes = without_consent()
    return {path: value for path, value in changes.items() if path != f"-{record}"}


CASES = [
    # NQ030: the local authority lies in the upper tier authority
    fails("NQ030", "AD", "unitary in another authority", {UPPER: ANOTHER_UPPER.code}),
    fails("NQ030", "SY", "district in another county", {LOCAL: DISTRICT.code, UPPER: ANOTHER_UPPER.code}),
    passes("NQ030", "AD", "district in its county", {LOCAL: DISTRICT.code, UPPER: DISTRICT.parent}),
    passes("NQ030", "AD", "unitary in itself", {}),
    outside("NQ030", "AD", "no local authority", {LOCAL: None}),
    outside("NQ030", "AD", "no upper tier", {UPPER: None}),
    outside("NQ030", "AD", "unknown local authority", {LOCAL: "E99"}),
    outside("NQ030", "AD", "unknown upper tier", {UPPER: "E99"}),
    outside("NQ030", "AD", "district as upper tier", {UPPER: DISTRICT.code}),
    # NQ073: asked from age 16
    fails("NQ073", "YP", "16 the day after triage", UNDER),
    fails("NQ073", "AD", "16 the day after triage", UNDER),
    passes("NQ073", "YP", "16 on the day of triage", {DOB: born(LIMITS["orientation_age"])}),
    passes("NQ073", "YP", "16 at a later triage", {**UNDER, "also": [{**ANOTHER_EPISODE, "episode.triage_date": "11/01/2022"}]}),
    fails("NQ073", "YP", "another client is older", {**UNDER, "also": [{**STRANGER, DOB: "15/06/2005"}]}),
    outside("NQ073", "YP", "not given", {**UNDER, SEXUALITY: None}),
    outside("NQ073", "YP", "no date of birth", {DOB: None}),
    # NQ074
    fails("NQ074a", "AD", "male and pregnant", {SEX: MALE, PREGNANT: YES}),
    passes("NQ074a", "AD", "female and pregnant", {SEX: FEMALE, PREGNANT: YES}),
    passes("NQ074a", "AD", "male, not pregnant", {SEX: MALE, PREGNANT: NO}),
    outside("NQ074a", "AD", "male, blank", {SEX: MALE}),
    outside("NQ074a", "AD", "sex blank", {SEX: None, PREGNANT: YES}),
    fails("NQ074b", "YP", "male and pregnant", {SEX: MALE, PREGNANT_LATER: YES}),
    passes("NQ074b", "AD", "female and pregnant", {SEX: FEMALE, PREGNANT_LATER: YES}),
    passes("NQ074b", "AD", "male, not pregnant", {SEX: MALE, PREGNANT_LATER: NO}),
    outside("NQ074b", "AD", "only in the episode", {SEX: MALE, PREGNANT: YES}),
    outside("NQ074b", "AD", "sex blank", {SEX: None, PREGNANT_LATER: YES}),
    # NQ091
    fails("NQ091a", "AD", "none and a second", disabilities(NONE, FIRST)),
    fails("NQ091a", "AD", "none and a third", disabilities(NONE, None, FIRST)),
    fails("NQ091a", "SY", "declined and a second", disabilities(DECLINED, FIRST)),
    passes("NQ091a", "AD", "two disabilities", disabilities(FIRST, SECOND)),
    passes("NQ091a", "AD", "none", disabilities(NONE)),
    passes("NQ091a", "AD", "declined", disabilities(DECLINED)),
    outside("NQ091a", "AD", "the first is blank", disabilities(None, FIRST)),
    fails("NQ091b", "AD", "first and second", disabilities(FIRST, FIRST)),
    passes("NQ091b", "AD", "the third is NQ091c's", disabilities(FIRST, SECOND, FIRST)),
    passes("NQ091b", "AD", "all differ", disabilities(FIRST, SECOND, THIRD)),
    outside("NQ091b", "AD", "only one", disabilities(FIRST)),
    outside("NQ091b", "AD", "all blank", disabilities(None)),
    fails("NQ091c", "AD", "first and third", disabilities(FIRST, SECOND, FIRST)),
    fails("NQ091c", "AD", "first and third, no second", disabilities(FIRST, None, FIRST)),
    fails("NQ091c", "AD", "second and third", disabilities(FIRST, SECOND, SECOND)),
    passes("NQ091c", "AD", "all differ", disabilities(FIRST, SECOND, THIRD)),
    passes("NQ091c", "AD", "the second is NQ091b's", disabilities(FIRST, FIRST, THIRD)),
    outside("NQ091c", "AD", "no third", disabilities(FIRST, FIRST)),
    # NQ120: one client ID, several persons (told once for the ID)
    *(
        fails("NQ120", "AD", f"two {path}", {"also": [{path: value}]})
        for path, value in ATTRIBUTOR.items()
        if path != LOCAL
    ),
    fails("NQ120", "AD", "blank and given", {"also": [{SEX: None}]}),
    fails("NQ120", "AD", "in another episode", {"also": [{**ANOTHER_EPISODE, "client.first_initial": "X"}]}),
    passes("NQ120", "AD", "the same twice", {"also": [ANOTHER_EPISODE]}),
    passes("NQ120", "AD", "another ethnicity", {"also": [{"client.ethnicity": plain("ethnicity", number=1)}]}),
    outside("NQ120", "AD", "another client", {"also": [STRANGER]}),
    outside("NQ120", "AD", "no client ID", {"client.client_id": None, "also": [{SEX: MALE}]}),
    # NQ121: one episode in two versions
    fails("NQ121", "AD", "two postcodes", {"also": [OTHERWISE]}, "1", "2"),
    fails("NQ121", "AD", "blank and given", {"also": [{"episode.postcode_district": None}]}, "1", "2"),
    passes("NQ121", "AD", "the same twice", {"also": [{}]}),
    passes("NQ121", "AD", "a client item differs", {"also": [{"client.ethnicity": plain("ethnicity", number=1)}]}),
    passes("NQ121", "YP", "only what is not collected differs", {"also": [{"episode.veteran": "2"}]}),
    outside("NQ121", "AD", "another episode", {"also": [{**ANOTHER_EPISODE, **OTHERWISE}]}),
    outside("NQ121", "AD", "same episode ID, another client", {"also": [{"client.client_id": "C2", **OTHERWISE}]}),
    outside("NQ121", "AD", "no episode ID", {"episode.episode_id": None, "also": [OTHERWISE]}),
    # NQ122
    fails("NQ122", "AD", "two clients", {"also": [{"client.client_id": "C2"}]}, "1", "2"),
    passes("NQ122", "AD", "two clients with an episode each", {"also": [ANOTHER_CLIENT]}),
    passes("NQ122", "AD", "the same twice", {"also": [{}]}),
    outside("NQ122", "AD", "no episode ID", {"episode.episode_id": None, "also": [{"client.client_id": "C2"}]}),
    # NQ140: identifiers that differ only in case
    fails("NQ140", "AD", "two clients", {"also": [{**STRANGER, "client.client_id": "c1"}]}, "1", "2", item="client.client_id"),
    fails("NQ140", "YP", "two episodes", {"also": [{**ANOTHER_EPISODE, "episode.episode_id": "e1"}]}, "episode", "2/episode", item="episode.episode_id"),
    fails("NQ140", "AD", "two interventions", {"intervention[1].intervention_id": "i1"}, "intervention", "intervention[1]", item="intervention.intervention_id"),
    fails("NQ140", "SA", "two profiles", {"outcomes_profile[1].profile_id": "p1"}, "outcomes_profile", "outcomes_profile[1]", item="outcomes_profile.profile_id"),
    fails("NQ140", "AD", "two reviews", {"+client_information_review": {"review_id": "r1"}}, "client_information_review", "client_information_review[1]", item="client_information_review.review_id"),
    fails("NQ140", "AD", "two sub intervention reviews", {"+sub_intervention_review": {"review_id": "s1"}}, "sub_intervention_review", "sub_intervention_review[1]", item="sub_intervention_review.review_id"),
    fails("NQ140", "AD", "one of two without consent", {"also": [{**STRANGER, "client.client_id": "c1", "client.consent": code("consent", "refused")}]}, "1", "2", item="client.client_id"),
    fails("NQ140", "AD", "both without consent", {"client.consent": code("consent", "refused"), "also": [{**STRANGER, "client.client_id": "c1", "client.consent": code("consent", "refused")}]}, "1", "2", item="client.client_id"),
    passes("NQ140", "AD", "small letters throughout, one without consent", {"client.client_id": "c1", "also": [{**STRANGER, "client.client_id": "c2", "client.consent": code("consent", "refused")}]}),
    passes("NQ140", "AD", "small letters throughout", {"client.client_id": "c1", "episode.episode_id": "e1"}),
    passes("NQ140", "AD", "records of two kinds", {"client.client_id": "x1", "episode.episode_id": "X1"}),
    passes("NQ140", "AD", "a local reference is no identifier of NDTMS", {"client.client_reference": "ab", "also": [{**STRANGER, "client.client_reference": "AB"}]}),
    outside("NQ140", "AD", "no IDs", {"intervention.intervention_id": None, "intervention[1].intervention_id": None}),
    # NQ123, NQ124: one ID, different content
    fails("NQ123", "AD", "two interventions", {"intervention[1].intervention_id": "I1"}, "intervention", "intervention[1]"),
    fails("NQ123", "YP", "in two episodes", {"-intervention": 1, "also": [{**leaving("intervention"), "episode.episode_id": "E2"}]}, "intervention", "2/intervention"),
    passes("NQ123", "AD", "the same twice", {"also": [{}]}),
    passes("NQ123", "AD", "two IDs", {}),
    passes("NQ123", "SA", "only what is not collected differs", {"also": [{"intervention.setting": "1"}]}),
    outside("NQ123", "AD", "no IDs", {"intervention.intervention_id": None, "intervention[1].intervention_id": None}),
    outside("NQ123", "AD", "no interventions", ALONE),
    fails("NQ124a", "AD", "two profiles", {"outcomes_profile[1].profile_id": "P1"}, "outcomes_profile", "outcomes_profile[1]"),
    passes("NQ124a", "AD", "the same twice", {"also": [{}]}),
    outside("NQ124a", "AD", "no IDs", {"outcomes_profile.profile_id": None, "outcomes_profile[1].profile_id": None}),
    fails("NQ124b", "AD", "two reviews", {"+sub_intervention_review": {"review_id": "S1", "peer_support": NO}}, "sub_intervention_review", "sub_intervention_review[1]"),
    passes("NQ124b", "AD", "the same twice", {"also": [{}]}),
    passes("NQ124b", "AD", "two IDs", {"+sub_intervention_review": {}}),
    outside("NQ124b", "AD", "no IDs", {"sub_intervention_review.review_id": None, "+sub_intervention_review": {"review_id": None, "peer_support": NO}}),
    fails("NQ124c", "AD", "two reviews", {"+client_information_review": {"review_id": "R1", "pregnant": NO}}, "client_information_review", "client_information_review[1]"),
    passes("NQ124c", "AD", "the same twice", {"also": [{}]}),
    passes("NQ124c", "AD", "two IDs", {"+client_information_review": {}}),
    outside("NQ124c", "AD", "no IDs", {"client_information_review.review_id": None, "+client_information_review": {"review_id": None, "pregnant": NO}}),
    # NQ127: two clients, one attributor
    fails("NQ127", "AD", "two clients", {"also": [ANOTHER_CLIENT]}, "1", "2"),
    fails("NQ127", "SY", "two of three clients", {"also": [{**STRANGER, "client.client_id": "C3", "episode.episode_id": "E3"}, ANOTHER_CLIENT]}, "1", "3"),
    *(
        passes("NQ127", "AD", f"another {path}", {"also": [{**ANOTHER_CLIENT, path: value}]})
        for path, value in ATTRIBUTOR.items()
    ),
    *(
        outside("NQ127", "AD", f"no {path}", {path: None, "also": [ANOTHER_CLIENT]})
        for path in ATTRIBUTOR
    ),
    passes("NQ127", "AD", "one client with two episodes", {"also": [ANOTHER_EPISODE]}),
    # NQ128: nothing beside the three items of a client without consent
    fails("NQ128", "AD", "everything is there", {"client.consent": code("consent", "refused")}),
    fails("NQ128", "AD", "a client item", without_consent(**{SEX: MALE})),
    fails("NQ128", "SY", "an episode item", without_consent(**{"episode.episode_id": "E1"})),
    fails("NQ128", "YP", "an item that is not collected", without_consent(**{"episode.veteran": "2"})),
    *(
        fails("NQ128", "AD", f"only: {record}", only(record))
        for record in DEFINITION.children
    ),
    fails("NQ128", "AD", "one row of two without consent", {"also": [{"client.consent": code("consent", "refused")}]}, "2"),
    passes("NQ128", "AD", "only the three items", without_consent()),
    passes("NQ128", "SY", "only the three items", without_consent()),
    outside("NQ128", "AD", "consent", {}),
    outside("NQ128", "AD", "consent blank", {"client.consent": None}),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case, judged):
    judged(case)


def keys(findings):
    return sorted({f["rule"] + f["part"] for f in findings})


@pytest.mark.parametrize("dataset", DATASETS)
def test_client_without_consent_and_nothing_else_is_clean(dataset):
    assert judge(dataset, without_consent()) == []


def test_nothing_but_consent_is_judged_without_consent():
    """Neither blanks, nor what must not be there in the first place."""
    refused = {"client.consent": code("consent", "refused")}
    wrong = {"episode.triage_date": "x", "intervention.end_date": "01/01/2022", DOB: None}
    assert keys(judge("AD", {**refused, **wrong})) == ["NQ128"]


@pytest.mark.parametrize(
    ("path", "value", "key"),
    [
        ("client.agency_code", None, "NQ013"),
        ("client.agency_code", "N1", "NQ026"),
        ("client.client_id", None, "NQ014"),
        ("client.client_id", "C" * 21, "NQ033"),
        ("client.client_id", "=C1", "NQ139"),
    ],
)
def test_what_is_sent_without_consent_is_judged_all_the_same(path, value, key):
    assert keys(judge("AD", without_consent(**{path: value}))) == [key]


def test_lists_of_an_episode_with_consent_stay_although_a_row_lacks_it():
    """A row without consent does not hide what other rows of the same episode hold."""
    changes = {
        "intervention.end_date": "23/01/2022",
        "also": [{"client.consent": code("consent", "refused")}],
    }
    found = judge("AD", changes)
    assert [f["row"] for f in of_rule(found, "NQ054")] == [2]


def test_lists_of_a_client_without_consent_go_and_those_of_another_stay():
    changes = {
        "intervention.end_date": "23/01/2022",
        "also": [{"client.client_id": "C2", "client.consent": code("consent", "refused")}],
    }
    found = of_rule(judge("AD", changes), "NQ054")
    assert [f["client_id"] for f in found] == ["C1"]
