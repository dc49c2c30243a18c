# ruff: noqa: E501 (the tables of cases are read as tables)
"""The rules made from the definition: cases of each, and every data item in turn."""

import datetime

import pytest

from tests.rules.base import (
    ALL,
    ALONE,
    DATASETS,
    DEFINITION,
    DISCHARGED,
    FOLDER,
    LIMITS,
    PERIOD_END,
    TODAY,
    clean,
    code,
    day,
    discharged,
    fails,
    judge,
    judge_caseload,
    judge_many,
    outside,
    passes,
    plain,
    records_of,
    well_said,
)
from validation.dataset import load
from validation.engine import check
from validation.records import Records
from validation.rules.regular import PLAN

REFUSED = {"client.consent": code("consent", "refused")}
POSTCODE, LOCAL, UPPER = (
    "episode.postcode_district",
    "episode.local_authority",
    "episode.upper_tier_local_authority",
)
AGENCY, INITIAL, REFERENCE = "client.agency_code", "client.first_initial", "client.client_reference"
SOFTWARE, CHILDREN = "episode.software", "episode.children_living_with_client"
CARE_PLAN, ACCOMMODATION = "episode.care_plan_start_date", "episode.accommodation_need"
NO_HOME = code("accommodation_need", "no_fixed_home")
DOSE = "sub_intervention_review.methadone_dose"
TRIAGED, SEXUALITY = "episode.triage_date", "client.sexual_orientation"
SETTING = "intervention.setting"
CLOSED = next(c for c in DEFINITION.lists["local_authority"].codes.values() if c.valid_to)
LAST_DAY = f"{CLOSED.valid_to:%d/%m/%Y}"
CLOSED_UPPER = {UPPER: CLOSED.parent}
NOT_IN = {"episode.veteran": "2"}


def rule_of(kind, item):
    """The key of the rule of the kind that is about the item: the one that names it, or else the one for all."""
    rules = [rule for rule in DEFINITION.rules.values() if rule.kind == kind]
    named = [rule.key for rule in rules if item.name in rule.items]
    return named[0] if named else next(rule.key for rule in rules if not rule.items)


def items_of(dataset, *types):
    return [i for i in DEFINITION.items if i.type in types and dataset in i.datasets]


REQUIRED = [rule for rule in DEFINITION.rules.values() if rule.kind == "required"]
RANGES = [rule for rule in DEFINITION.rules.values() if rule.kind == "range" and rule.items]


def a_dataset(item):
    return next(dataset for dataset in DATASETS if dataset in item.datasets)


def range_cases(rule):
    item = DEFINITION.by_name[rule.items[0]]
    dataset = a_dataset(item)
    assert item.min is not None
    assert item.max is not None
    yield fails(rule.key, dataset, "over the largest", {item.name: str(item.max + 1)})
    yield fails(rule.key, dataset, "under the smallest", {item.name: str(item.min - 1)})
    yield passes(rule.key, dataset, "the largest", {item.name: str(item.max)})
    yield passes(rule.key, dataset, "the smallest", {item.name: str(item.min)})
    yield outside(rule.key, dataset, "blank", {item.name: None})
    yield outside(rule.key, dataset, "not a number", {item.name: "x"})


ENDED_CODES = [
    (item, code)
    for item in (DEFINITION.by_name[LOCAL], DEFINITION.by_name[UPPER])
    for code in DEFINITION.lists[item.reference_list].codes.values()
    if code.valid_to
]


def last_day_cases(ended):
    """An authority is an answer until the day before its successor begins (decision 14)."""
    item, code = ended
    last = f"{code.valid_to:%d/%m/%Y}"
    referred = {"episode.referral_date": day(last, -1), "period_end": None}
    other = {LOCAL: None, UPPER: None}
    given = {**referred, **other, item.name: code.code}
    yield passes("NQ032", "AD", f"{code.text}, {item.field}, {last}", {**given, TRIAGED: last})
    yield fails("NQ032", "AD", f"{code.text}, {item.field}, after {last}",
                {**given, TRIAGED: day(last, 1), "today": datetime.date(2024, 1, 1)}, item=item.name)  # fmt: skip


CASES = [
    # NQ006
    fails("NQ006", "YP", "not collected", NOT_IN, item="episode.veteran"),
    fails("NQ006", "SA", "in a list", {"intervention[1].setting": "1"}, "intervention[1]", item=SETTING),
    passes("NQ006", "AD", "collected", NOT_IN),
    outside("NQ006", "YP", "blank", {"episode.veteran": None}),
    # Required: NQ009 to NQ021
    *(fails(rule.key, "AD", "blank", {rule.items[0]: None}) for rule in REQUIRED),
    *(passes(rule.key, "SY", "given", {}) for rule in REQUIRED),
    *(
        outside(rule.key, "AD", "no consent", {**REFUSED, rule.items[0]: None})
        for rule in REQUIRED
        if "without_consent" not in DEFINITION.by_name[rule.items[0]].tags
    ),
    *(
        outside(rule.key, "AD", "malformed is not blank", {rule.items[0]: "?"})
        for rule in REQUIRED
        if "without_consent" in DEFINITION.by_name[rule.items[0]].tags
    ),
    passes("NQ011", "AD", "malformed is not blank", {"client.birth_date": "x"}),
    # NQ008, NQ031: codes
    fails("NQ008", "AD", "the text of a code", {"client.sex": "Female"}, item="client.sex"),
    fails("NQ008", "AD", "in capitals", {"client.sex": "FEMALE"}, item="client.sex"),
    passes("NQ008", "AD", "the code", {}),
    passes("NQ008", "AD", "unknown is NQ031's", {"client.sex": "W"}),
    outside("NQ008", "AD", "blank", {"client.sex": None}),
    fails("NQ031", "AD", "unknown", {"client.sex": "W"}, item="client.sex"),
    fails("NQ031", "AD", "a small letter that stands for none", {"client.sex": "q"}, item="client.sex"),
    passes("NQ031", "AD", "in small letters", {"client.sex": "f"}),
    fails("NQ031", "SA", "of another dataset", {**DISCHARGED, "episode.discharge_reason": "71"}, item="episode.discharge_reason"),
    passes("NQ031", "AD", "known", {}),
    passes("NQ031", "AD", "a text is NQ008's", {"client.sex": "Female"}),
    passes("NQ031", "AD", "an intervention type of another dataset is NQ108's",
           {"intervention.intervention_type": plain("intervention_type", "YP")}),
    outside("NQ031", "AD", "blank", {"client.sex": None}),
    fails("NQ028", "AD", "unknown", {LOCAL: "E99"}),
    fails("NQ028", "AD", "upper tier as local authority", {LOCAL: CLOSED.parent}),
    fails("NQ028", "AD", "district as upper tier", {UPPER: CLOSED.code}, item=UPPER),
    passes("NQ028", "AD", "a unitary authority is both", {}),
    passes("NQ028", "AD", "a name is NQ008's", {LOCAL: "Leeds"}),
    outside("NQ028", "AD", "blank", {LOCAL: None, UPPER: None}),
    # NQ025, NQ026, NQ027
    *(fails("NQ025", "AD", f"{text}", {INITIAL: text}) for text in ("AB", "1", "Æ", "-", "Ann")),
    fails("NQ025", "AD", "surname", {"client.last_initial": "AB"}, item="client.last_initial"),
    *(passes("NQ025", "AD", text, {INITIAL: text}) for text in "AZazé"),
    outside("NQ025", "AD", "blank", {INITIAL: None}),
    *(
        fails("NQ026", "AD", text, {AGENCY: text})
        for text in ("N001", "N00001", "00001", "NN001", "N000A", "N 001", "ſ0001")
    ),
    *(passes("NQ026", "AD", text, {AGENCY: text}) for text in ("N0001", "n0001", "A9999", "Z0000")),
    outside("NQ026", "AD", "blank", {AGENCY: None}),
    *(
        fails("NQ027", "AD", text, {POSTCODE: text})
        for text in (
            "LS6 2AB", "LS62AB", "LS6 2A", "LS", "6", "6LS", "LSX6", "LS6  2", "LS6-2", "LS666 2", "ſ6",
        )
    ),
    *(
        passes("NQ027", "AD", text, {POSTCODE: text})
        for text in ("LS6", "ls6", "LS6 2", "LS62", "L1", "W1A", "w1a 1", "SW1A 2", "EC1A2", "LS16", "B99 9")
    ),
    outside("NQ027", "AD", "blank", {POSTCODE: None}),
    # NQ032: a code that has ended
    fails("NQ032", "AD", "the day after", {LOCAL: CLOSED.code, TRIAGED: day(LAST_DAY, 1)}, item=LOCAL),
    fails("NQ032", "SY", "upper tier", {**CLOSED_UPPER, TRIAGED: day(LAST_DAY, 1)}, item=UPPER),
    passes("NQ032", "AD", "the last day", {LOCAL: CLOSED.code, TRIAGED: LAST_DAY}),
    passes("NQ032", "AD", "what took over, on its first day", {LOCAL: CLOSED.successors[0], TRIAGED: day(LAST_DAY, 1)}),
    *(case for one in ENDED_CODES for case in last_day_cases(one)),
    passes("NQ032", "AD", "in use", {}),
    outside("NQ032", "AD", "no triage date", {LOCAL: CLOSED.code, TRIAGED: None}),
    outside("NQ032", "AD", "blank", {LOCAL: None, UPPER: None}),
    # NQ033, NQ139: identifiers and texts
    fails("NQ033", "AD", "21 characters", {REFERENCE: "a" * 21}, item=REFERENCE),
    fails("NQ033", "AD", "31 characters", {SOFTWARE: "a" * 31}, item=SOFTWARE),
    passes("NQ033", "AD", "20 characters", {REFERENCE: "a" * 20}),
    passes("NQ033", "AD", "30 characters", {SOFTWARE: "a" * 30}),
    outside("NQ033", "AD", "blank", {REFERENCE: None}),
    fails("NQ139", "AD", "a formula", {REFERENCE: "=1+1"}, item=REFERENCE),
    passes("NQ139", "AD", "letters, digits and signs", {REFERENCE: "aZ0-9_/"}),
    outside("NQ139", "AD", "blank", {REFERENCE: None}),
    # NQ034 and the ranges
    fails("NQ034", "AD", "a fraction", {CHILDREN: "1.5"}, item=CHILDREN),
    passes("NQ034", "AD", "a whole number", {CHILDREN: "1"}),
    passes("NQ034", "AD", "a special code", {CHILDREN: "98"}),
    outside("NQ034", "AD", "blank", {CHILDREN: None}),
    *(case for rule in RANGES for case in range_cases(rule)),
    fails("NQ138", "AD", "over the largest dose", {DOSE: "301"}, item=DOSE),
    fails("NQ138", "SA", "negative", {DOSE: "-1"}, item=DOSE),
    passes("NQ138", "AD", "the largest dose", {DOSE: "300"}),
    passes("NQ138", "AD", "no dose", {DOSE: "0"}),
    outside("NQ138", "AD", "blank", {DOSE: None}),
    outside("NQ138", "AD", "another rule names the item", {CHILDREN: "31"}),
    # NQ085
    fails("NQ085", "AD", "blank", {"client.religion": None}, item="client.religion"),
    fails("NQ085", "SY", "asked from age 16", {SEXUALITY: None}, item=SEXUALITY),
    fails("NQ085", "YP", "age unknown", {SEXUALITY: None, "client.birth_date": None}, item=SEXUALITY),
    fails("NQ085", "AD", "of a care plan, in treatment", {CARE_PLAN: None}, item=CARE_PLAN),
    outside("NQ085", "AD", "of a care plan, before treatment", {**ALONE, CARE_PLAN: None}),
    fails("NQ085", "AD", "no local authority", {LOCAL: None, UPPER: None}, item=LOCAL),
    fails("NQ085", "SA", "no upper tier, which follows from the local authority", {UPPER: None}, item=UPPER),
    outside("NQ085", "YP", "no fixed home", {ACCOMMODATION: NO_HOME, POSTCODE: None, LOCAL: None, UPPER: None}),
    fails("NQ085", "AD", "a home", {POSTCODE: None}, item=POSTCODE),
    passes("NQ085", "AD", "malformed is not blank", {CHILDREN: "x"}),
    passes("NQ085", "AD", "given", {}),
    outside("NQ085", "YP", "not asked under 16", {SEXUALITY: None, "client.birth_date": "11/01/2006"}),
    outside("NQ085", "AD", "no intervention", {"-intervention": ALL}),
    outside("NQ085", "SA", "not collected", {SETTING: None}),
    outside("NQ085", "AD", "no consent", {**REFUSED, "client.religion": None}),
    outside("NQ085", "AD", "not expected", {"episode.alcohol_units": None}),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case, judged):
    judged(case)


@pytest.mark.parametrize("dataset", DATASETS)
def test_the_clean_caseload_is_clean(dataset):
    assert judge(dataset) == []
    assert judge(dataset, {"also": [{}]}) == []


def told(judgement, item, *keys):
    """Which of the rules found the item, each once, with the value and in words."""
    found = [f for key in keys for f in judgement.of(key, item.name)]
    for finding in found:
        well_said(finding)
        assert finding["row"] == judgement.row
    return [finding["rule"] + finding["part"] for finding in found]


def each(dataset, items, values, keys, **options):
    """What the rules find of every item with every value: (item, value, keys found)."""
    pairs = [(item, value) for item in items for value in values(item)]
    judgements = judge_many(dataset, [{i.name: value} for i, value in pairs], **options)
    for (item, value), judgement in zip(pairs, judgements, strict=True):
        yield item, value, told(judgement, item, *keys(item))


@pytest.mark.parametrize("dataset", DATASETS)
def test_every_date(dataset):
    good = ["01/02/2021", "2021-02-01", "20210201", "29/02/2020", "01/01/1900", "1/2/2021", "01-02-2021",
            "2021/02/01", "01/02/2021 10:00"]  # fmt: skip
    bad = ["31/02/2022", "2022-02-31", "20220231", "29/02/2021", "1e5", "x", "13/13/2021",
           "01/02/21", "00/01/2021", "01/13/2021", "31/12/1899", "01/02/0202",
           "01/02/2021 25", "012/02/2021", "0", "44593", "٠١/٠٢/٢٠٢١"]  # fmt: skip
    dates = items_of(dataset, "date")
    for item, value, found in each(dataset, dates, lambda i: good + bad, lambda i: ("NQ022",)):
        assert found == (["NQ022"] if value in bad else []), (item.name, value)


@pytest.mark.parametrize("dataset", DATASETS)
def test_every_date_in_the_future_or_after_the_period(dataset):
    expected = {
        "11/07/2022": ["NQ023a"],
        "10/07/2022": ["NQ023b"],
        "01/07/2022": ["NQ023b"],
        "30/06/2022": [],
    }
    dates = [i for i in items_of(dataset, "date") if PLAN not in i.tags]
    keys = ("NQ023a", "NQ023b", "NQ023c")
    for item, value, found in each(dataset, dates, lambda i: list(expected), lambda i: keys):
        assert found == expected[value], (item.name, value)


@pytest.mark.parametrize("dataset", DATASETS)
def test_every_plan_may_lie_ahead_and_is_doubtful_only_more_than_a_year_ahead(dataset):
    ahead = LIMITS["plan_days_ahead"]
    expected = {
        "01/07/2022": [],
        "20/07/2022": [],
        day("10/07/2022", ahead): [],
        day("10/07/2022", ahead + 1): ["NQ023c"],
    }
    plans = [i for i in items_of(dataset, "date") if PLAN in i.tags]
    assert plans
    keys = ("NQ023a", "NQ023b", "NQ023c")
    for item, value, found in each(dataset, plans, lambda i: list(expected), lambda i: keys):
        assert found == expected[value], (item.name, value)


@pytest.mark.parametrize("dataset", DATASETS)
def test_every_whole_number(dataset):
    outside_range = ["{min}-1", "{max}+1"]
    not_whole = ["1.5", "1,5", "x", "1e5", "+1", "1 2", "--1", "NB", "0x1", "٣", "9" * 20]

    def values(item):
        good = [str(item.min), str(item.max), str(item.min + 1), *item.special_codes]
        return [*good, *outside_range, *not_whole]

    items = items_of(dataset, "integer")
    pairs = [(item, value) for item in items for value in values(item)]
    texts = {"{min}-1": lambda i: str(i.min - 1), "{max}+1": lambda i: str(i.max + 1)}
    changes = [{i.name: texts[value](i) if value in texts else value} for i, value in pairs]
    for (item, value), judgement in zip(pairs, judge_many(dataset, changes), strict=True):
        key = rule_of("range", item)
        expected = [key] if value in outside_range else ["NQ034"] if value in not_whole else []
        assert told(judgement, item, "NQ034", key) == expected, (item.name, value)


@pytest.mark.parametrize("dataset", DATASETS)
def test_every_code(dataset):
    def answers(item):
        return DEFINITION.lists[item.reference_list]

    def keys(item):
        return rule_of("code", item), "NQ008", "NQ108"

    items = items_of(dataset, "code")
    for item, value, found in each(dataset, items, lambda i: answers(i).for_dataset(dataset), keys):
        # A client without consent is no client to be judged.
        assert found == [], (item.name, value)
    unknown = ["?", "ZZZ9", "0000", "yes please", "=1"]
    for item, value, found in each(dataset, items, lambda i: unknown, keys):
        assert found == [rule_of("code", item)], (item.name, value)

    def labels(item):
        texts = [entry.text for entry in list(answers(item).codes.values())[:60]]
        return [*texts, texts[0].upper(), texts[-1].lower()]

    for item, value, found in each(dataset, items, labels, keys):
        assert found == ["NQ008"], (item.name, value)

    def foreign(item):
        return [c for c in answers(item).codes if c not in answers(item).for_dataset(dataset)]

    for item, value, found in each(dataset, items, foreign, keys):
        own = "NQ108" if item.name == "intervention.intervention_type" else rule_of("code", item)
        assert found == [own], (item.name, value)


@pytest.mark.parametrize("dataset", DATASETS)
def test_every_identifier_and_text(dataset):
    keys = ("NQ033", "NQ139")
    bad_start = ["=A", "+A", "-A", "@A"]
    bad_anywhere = [
        "é1",
        "A\x01B",
        "A\x7fB",
        "A\x1f",
        "A\tB",
        "A\nB",
        "naïve",
        "日本",
        "A\u00a0B",
        "A’B",
    ]
    not_in_an_identifier = ["_A", "/A", "A B", "A.B", "A;B", "A=B", "A,B", 'A"B', "A@B", "A\\B"]
    good = ["A", "0", "z9-_/", "A-1"]

    def values(item):
        whole = ["a" * item.max_length, "a" * (item.max_length + 1)]
        return [*good, *bad_start, *bad_anywhere, *not_in_an_identifier, *whole]

    items = items_of(dataset, "identifier", "text")
    judged = each(dataset, items, values, lambda i: keys, rename=False)
    for item, value, found in judged:
        bad = bad_start + bad_anywhere + (not_in_an_identifier if item.type == "identifier" else [])
        expected = ["NQ139"] if value in bad else ["NQ033"] if len(value) > item.max_length else []
        assert found == expected, (item.name, value)


@pytest.mark.parametrize("dataset", DATASETS)
def test_every_item_that_is_not_collected(dataset):
    """It is found, and has no other effect."""
    items = [item for item in DEFINITION.items if dataset not in item.datasets]
    judgements = judge_many(dataset, [{item.name: "1"} for item in items])
    for item, judgement in zip(items, judgements, strict=True):
        assert told(judgement, item, "NQ006") == ["NQ006"], item.name
        assert judgement.of("NQ006")[0]["value"] == "1"
        # All share an attributor; the outcomes profile of the other kind has a rule of its own.
        rest = {f["rule"] for f in judgement.findings} - {"NQ006", "NQ127", "NQ071", "NQ072"}
        assert rest == set(), item.name


@pytest.mark.parametrize("dataset", DATASETS)
def test_a_record_of_nothing_but_what_is_not_collected_is_none(dataset):
    for record in DEFINITION.children:
        foreign = [i for i in DEFINITION.items if i.record == record and dataset not in i.datasets]
        for item in foreign[:1]:
            caseload = clean(dataset)
            caseload[record].append({item.field: "1"})
            found = judge_caseload(dataset, [caseload])["rule"].to_list()
            assert set(found) - {"NQ071", "NQ072"} == {"NQ006"}, item.name


@pytest.mark.parametrize("dataset", DATASETS)
def test_every_item_that_is_expected(dataset):
    named = {name for rule in REQUIRED for name in rule.items}
    items = [i for i in DEFINITION.items if dataset in i.datasets and i.name not in named]
    keys = {rule.key for rule in DEFINITION.rules.values() if rule.kind == "expected"}
    judged = each(dataset, items, lambda i: [None], lambda i: sorted(keys))
    for item, _, found in judged:
        is_missed = item.required == "expected" and item.field != "transferred_to"
        assert found == ([rule_of("expected", item)] if is_missed else []), item.name


@pytest.mark.parametrize("dataset", DATASETS)
@pytest.mark.parametrize("around", [{}, "discharged"], ids=["in treatment", "discharged"])
def test_a_blank_is_told_once(dataset, around):
    """There is one finding for one thing to do: no two rules miss the same answer."""
    around = discharged(dataset) if around else {}
    items = [i for i in DEFINITION.items if dataset in i.datasets]
    for item, judgement in zip(
        items, judge_many(dataset, [{**around, i.name: None} for i in items]), strict=True
    ):
        # That all share an attributor is none of the blank's making.
        found = [f for f in judgement.findings if f["item"] == item.name and f["rule"] != "NQ127"]
        assert len([f for f in found if f["row"] == judgement.row and not f["value"]]) <= 1, found


@pytest.mark.parametrize("dataset", DATASETS)
def test_every_item_that_is_required(dataset):
    """A blank is told once, by the rule that names the item; so is one that only some datasets expect."""
    items = [DEFINITION.by_name[rule.items[0]] for rule in REQUIRED]
    assert {i.name for i in DEFINITION.items if i.required == "always"} == {i.name for i in items}
    for item in items:
        (judgement,) = judge_many(dataset, [{item.name: None}])
        assert told(judgement, item, rule_of("required", item), "NQ085") == [
            rule_of("required", item)
        ]


def test_what_the_tool_holds_is_judged_like_a_file():
    """Its frames lack what the dataset does not collect."""
    definition = load(FOLDER)
    caseload = clean("SY")
    caseload["episode"]["route"] = None
    records = records_of([caseload], definition)
    lean = Records({
        name: frame.drop([i.field for i in definition.frames[name] if "SY" not in i.datasets])
        for name, frame in records.frames.items()
    })  # fmt: skip
    found = check(lean, definition, "SY", today=TODAY, period_end=PERIOD_END)
    assert found["rule"].to_list() == ["NQ079"]


def test_messages_name_the_limits_and_the_value():
    def message(changes, rule):
        return next(f["message"] for f in judge("AD", changes) if f["rule"] == rule)

    assert "20 characters" in message({REFERENCE: "a" * 21}, "NQ033")
    assert "31 is not a whole number from 0 to 30" in message({CHILDREN: "31"}, "NQ038")
    assert "between 0 and 300. You gave 301." in message({DOSE: "301"}, "NQ138")
    assert message({"client.sex": "W"}, "NQ031").startswith("W is not one of the answers for Sex.")


def test_the_basis_of_a_finding_is_what_the_rule_looked_at():
    changes = {"episode.triage_date": "02/01/2022"}
    (finding,) = [f for f in judge("AD", changes, with_basis=True) if f["rule"] == "NQ048"]
    assert finding["basis"] == "2022-01-02|2022-01-03"
    assert {f["basis"] for f in judge("AD", changes)} == {None}


def test_findings_stand_in_the_order_of_rows_rules_and_items():
    changes = {
        "client.sex": None,
        "intervention[1].end_date": "x",
        "intervention[1].setting": None,
        "episode.substance_1": None,
        "episode.route": None,
        **{path: value for path, value in ALONE.items() if path == "-client_information_review"},
    }
    found = [(f["row"], f["rule"], f["item"]) for f in judge("AD", changes)]
    position = {item.name: item.position for item in DEFINITION.items}
    assert found == sorted(found, key=lambda f: (f[0], f[1], position[f[2]]))
    assert [row for row, _, _ in found][:3] == [2, 2, 2]
    assert found[-1][0] == 3
