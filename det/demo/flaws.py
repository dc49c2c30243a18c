"""Flaws: what goes wrong in real records, one kind after the other, each on a record of its own.

A flaw is a function of a case: it spoils the case's record and says whether it could.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from det.demo.life import Answers, Journey, Life, Value, day
from det.demo.person import whole_years
from det.demo.world import Days, World

NOT_A_CODE = "QQ"
NOT_A_DISTRICT = "NFA"
SHORT = 20
"""Texts of codes up to this length fit in the column of a code."""


@dataclass(frozen=True)
class Case:
    """A record that may be spoilt, and what lies around it."""

    world: World
    lives: list[Life]
    life: Life
    journey: Journey
    section: str
    record: Answers
    blank_identifiers: set[str]
    """Sections that have a record without identifier; the database takes one of each."""

    def date(self, field: str) -> datetime.date | None:
        """A date of the record, else of its episode, else of the client."""
        for answers in (self.record, self.journey.episode, self.life.client):
            value = answers.get(field)
            if isinstance(value, datetime.date):
                return value
        return None

    def collects(self, field: str) -> bool:
        return self.world.collects(f"{self.section}.{field}")

    def list_of(self, field: str) -> str:
        return self.world.by_name[f"{self.section}.{field}"].reference_list

    def code(self, field: str, meaning: str) -> str:
        return self.world.code(self.list_of(field), meaning)

    def another(self, field: str, *meanings: str) -> str:
        """A code of the item that means none of these."""
        return self.world.one_of(self.world.codes_without(self.list_of(field), *meanings))

    def means(self, field: str, *meanings: str) -> bool:
        return self.record.get(field) in self.world.codes(self.list_of(field), *meanings)

    def tagged(self, tag: str) -> list[str]:
        return self.world.tagged(self.section, tag)

    def put(self, **answers: Value) -> bool:
        """Answers, if the dataset asks for all of them and no date leaves the period."""
        dates = [value for value in answers.values() if isinstance(value, datetime.date)]
        if not all(map(self.collects, answers)) or any(d > self.world.period.end for d in dates):
            return False
        self.record.update(answers)
        return True


Flaw = Callable[[Case], bool]


def spoil(world: World, lives: list[Life], share: float) -> None:
    """Gives a share of the records a flaw each, taking the kinds in turn; only records that go in the period."""
    cases = {section: list(found) for section, found in _cases(world, lives).items()}
    for found in cases.values():
        world.chance.shuffle(found)
    kinds = [(flaw, iter(cases[section])) for section, flaws in CATALOGUE.items() for flaw in flaws]
    world.chance.shuffle(kinds)
    records = sum(1 + sum(map(len, j.lists.values())) for life in lives for j in life.journeys)
    wanted = max(1, round(records * share))
    spoilt: set[int] = set()
    while wanted and kinds:
        usable = []
        for flaw, left in kinds:
            if wanted and _apply(flaw, left, spoilt):
                wanted -= 1
                usable.append((flaw, left))
        kinds = usable


def _apply(flaw: Flaw, left: Iterator[Case], spoilt: set[int]) -> bool:
    """Spoils the next record on which the flaw is possible."""
    for case in left:
        if id(case.record) not in spoilt and flaw(case):
            spoilt.add(id(case.record))
            return True
    return False


def _cases(world: World, lives: list[Life]) -> dict[str, list[Case]]:
    cases: dict[str, list[Case]] = {section: [] for section in world.definition.sections}
    blank_identifiers: set[str] = set()

    def add(section: str, life: Life, journey: Journey, record: Answers) -> None:
        cases[section].append(Case(world, lives, life, journey, section, record, blank_identifiers))

    for life in lives:
        going = [journey for journey in life.journeys if _goes(world, journey)]
        if going:
            add("client", life, going[-1], life.client)
        for journey in going:
            add("episode", life, journey, journey.episode)
            for section, records in journey.lists.items():
                for record in records:
                    if _is_past(record, world.period.end):
                        add(section, life, journey, record)
    return cases


def _goes(world: World, journey: Journey) -> bool:
    """Whether the whole episode lies in what is sent of the period."""
    return journey.triaged <= world.period.end and (
        journey.discharged is None or world.period.start <= journey.discharged <= world.period.end
    )


def _is_past(record: Answers, end: datetime.date) -> bool:
    return all(value <= end for value in record.values() if isinstance(value, datetime.date))


# Flaws of any record


def blank(*fields: str) -> Flaw:
    """The answers are missing."""

    def flaw(case: Case) -> bool:
        there = all(case.record.get(field) is not None for field in fields)
        return there and case.put(**dict.fromkeys(fields))

    return flaw


def before(field: str, other: str, days: int = 1) -> Flaw:
    return after(field, other, -days)


def after(field: str, other: str, days: int) -> Flaw:
    """A date lies some days after another that it must not follow (before: `days` below 0)."""

    def flaw(case: Case) -> bool:
        reference = case.date(other)
        if reference is None or case.record.get(field) is None:
            return False
        return case.put(**{field: reference + Days(days)})

    return flaw


def no_such_code(field: str) -> Flaw:
    return lambda case: case.put(**{field: NOT_A_CODE})


def text_for_code(field: str) -> Flaw:
    """The words of an answer stand where its code should."""

    def flaw(case: Case) -> bool:
        codes = case.world.definition.lists[case.list_of(field)].codes
        texts = [
            one.text for one in codes.values() if len(one.text) <= SHORT and one.text not in codes
        ]
        return bool(texts) and case.put(**{field: case.world.one_of(texts)})

    return flaw


def bad_character(field: str) -> Flaw:
    def flaw(case: Case) -> bool:
        value = case.record.get(field)
        return value is not None and case.put(**{field: f"{value}?"})

    return flaw


def no_identifier(case: Case) -> bool:
    if case.section in case.blank_identifiers:
        return False
    case.blank_identifiers.add(case.section)
    return case.put(**{case.world.definition.sections[case.section].id_field: None})


def copied(case: Case) -> bool:
    """Entered twice, under two identifiers."""
    id_field = case.world.definition.sections[case.section].id_field
    identifier = case.world.identifier(case.section)
    case.journey.lists[case.section].append({**case.record, id_field: identifier})
    return True


# The client


def born_too_early(case: Case) -> bool:
    year = case.world.definition.limits["earliest_birth_year"] - 1
    return case.put(birth_date=datetime.date(year, 6, 1))


def aged(case: Case, years: int) -> bool:
    """Born so that the client is of an age at triage."""
    triaged = case.journey.triaged
    return case.put(birth_date=triaged.replace(year=triaged.year - years, day=1))


def too_young_or_old(case: Case) -> bool:
    limits = case.world.definition.limits
    return aged(
        case, limits["adult_age"] - 2 if case.world.adult else limits["young_person_oldest"] + 5
    )


def very_old(case: Case) -> bool:
    return aged(case, case.world.definition.limits["high_age"] + 5)


def asked_too_young(case: Case) -> bool:
    years = case.world.definition.limits["orientation_age"] - 2
    answered = case.record.get("sexual_orientation") is not None
    return not case.world.adult and answered and aged(case, years)


def disability_beside_none(case: Case) -> bool:
    none = case.code("disability_1", "none")
    return case.put(
        disability_1=none, disability_2=case.another("disability_2", "none", "declined")
    )


def disability_twice(case: Case) -> bool:
    same = case.another("disability_1", "none", "declined")
    return case.put(disability_1=same, disability_2=same)


def same_as_another(case: Case) -> bool:
    """Initials, birthday, sex and authority are those of another client."""
    other = case.world.one_of(case.lives)
    if other is case.life or not other.journeys:
        return False
    names = ("first_initial", "last_initial", "birth_date", "sex")
    home = {name: other.journeys[-1].episode[name] for name in AUTHORITIES}
    case.journey.episode.update(home)
    return case.put(**{name: other.client.get(name) for name in names})


# The episode

AUTHORITIES = ("local_authority", "upper_tier_local_authority")


def not_triaged(case: Case) -> bool:
    return case.journey.discharged is None and case.put(triage_date=None)


def referred_tomorrow(case: Case) -> bool:
    case.record["referral_date"] = case.world.today + Days(1)
    return True


def referred_after_period(case: Case) -> bool:
    if case.world.period.end >= case.world.today:
        return False
    case.record["referral_date"] = case.world.today
    return True


def authority_elsewhere(case: Case) -> bool:
    parent = case.record.get("upper_tier_local_authority")
    pairs = case.world.authorities(case.journey.triaged)
    return case.put(
        local_authority=case.world.one_of([la for la, upper in pairs if upper != parent])
    )


def authority_closed(case: Case) -> bool:
    triaged = case.date("triage_date")
    if triaged is None:
        return False
    lists = case.world.definition.lists
    pairs = [
        (entry.code, entry.parent)
        for entry in lists["local_authority"].codes.values()
        if entry.valid_to and entry.valid_to < triaged
        and entry.parent in lists["upper_tier_local_authority"].codes
    ]  # fmt: skip
    return bool(pairs) and case.put(**dict(zip(AUTHORITIES, case.world.one_of(pairs), strict=True)))


def substance_twice(case: Case) -> bool:
    return not case.means("substance_1", "filler") and case.put(
        substance_2=case.record["substance_1"]
    )


def third_without_second(case: Case) -> bool:
    first = case.record.get("substance_1")
    others = [
        c for c in case.world.codes_without(case.list_of("substance_3"), "filler") if c != first
    ]
    return case.put(substance_2=None, substance_3=case.world.one_of(others))


def first_is_filler(case: Case) -> bool:
    return case.put(substance_1=case.code("substance_1", "no_second"))


def injects_and_does_not(case: Case) -> bool:
    return case.put(
        route=case.code("route", "inject"),
        injecting_status=case.code("injecting_status", "not_injecting"),
    )


def used_before_birth(case: Case) -> bool:
    birth, triaged = case.date("birth_date"), case.date("triage_date")
    if birth is None or triaged is None:
        return False
    age = whole_years(birth, triaged) + 3
    most = case.world.by_name["episode.substance_1_first_age"].max or 0
    return age <= most and case.put(substance_1_first_age=str(age))


def units_without_days(case: Case) -> bool:
    return case.put(drinking_days="0", alcohol_units="12")


def days_without_units(case: Case) -> bool:
    return case.put(drinking_days="12", alcohol_units="0")


def _drinks(case: Case) -> bool:
    return bool(set(case.journey.substances) & set(case.world.codes("substance", "alcohol")))


def score_without_alcohol(case: Case) -> bool:
    return not _drinks(case) and case.put(sadq_score="20")


def alcohol_without_score(case: Case) -> bool:
    return case.world.adult and case.means("substance_1", "alcohol") and case.put(sadq_score=None)


def treated_without_need(case: Case) -> bool:
    return case.put(
        mental_health_need=case.code("mental_health_need", "no"),
        mental_health_treatment=case.another("mental_health_treatment"),
    )


def need_without_answer(case: Case) -> bool:
    yes = case.code("mental_health_need", "yes")
    return case.put(mental_health_need=yes, mental_health_treatment=None)


def help_without_children(case: Case) -> bool:
    if not case.collects("early_help_1"):
        return False
    return case.put(
        parental_status=case.code("parental_status", "not_a_parent"),
        children_living_with_client="0",
        early_help_1=case.another("early_help_1", "none", "declined"),
    )


def help_out_of_order(case: Case) -> bool:
    if not case.collects("early_help_1"):
        return False
    return case.put(early_help_1=None, early_help_2=case.another("early_help_2", "none"))


def children_at_home_and_not(case: Case) -> bool:
    return case.put(
        parental_status=case.code("parental_status", "lives_with_children"),
        children_living_with_client="0",
    )


def pregnant_man(case: Case) -> bool:
    is_male = case.life.client.get("sex") in case.world.codes("sex", "male")
    return is_male and case.put(pregnant=case.code("pregnant", "yes"))


def vaccinated_without_offer(case: Case) -> bool:
    return case.put(
        hepb_status=case.another("hepb_status", "counted"),
        hepb_vaccination_count=case.another("hepb_vaccination_count"),
    )


def tested_without_offer(case: Case) -> bool:
    return case.put(
        hepc_status=case.another("hepc_status", "tested"),
        hepc_test_date=case.journey.triaged - Days(30),
    )


def result_without_test(case: Case) -> bool:
    if not case.collects("hepc_antibody_result"):
        return False
    result = case.another("hepc_antibody_result", "positive")
    return case.put(hepc_test_date=None, hepc_antibody_result=result)


def referred_without_positive(case: Case) -> bool:
    if not case.collects("hepc_pcr_result") or case.record.get("hepc_test_date") is None:
        return False
    return case.put(
        hepc_pcr_result=case.another("hepc_pcr_result", "positive"),
        hepc_treatment_referral=case.code("hepc_treatment_referral", "yes"),
    )


def employed_and_not(case: Case) -> bool:
    if not case.collects("time_since_employment"):
        return False
    return case.put(
        employment_status=case.code("employment_status", "employed"),
        time_since_employment=case.another("time_since_employment", "employed"),
    )


def overlapping(case: Case) -> bool:
    """The client came back before the earlier episode was over."""
    place = case.life.journeys.index(case.journey)
    earlier = case.life.journeys[place - 1] if place else None
    if earlier is None or earlier.discharged is None or not _goes(case.world, earlier):
        return False
    triaged = earlier.discharged - Days(2)
    return case.put(triage_date=triaged, referral_date=triaged - Days(2))


# Discharge


def discharged_on(case: Case, date: datetime.date | None) -> bool:
    is_closed = case.record.get("discharge_date") is not None
    if not is_closed or date is None or date < case.world.period.start:
        return False
    return case.put(discharge_date=date)


def discharged_before_triage(case: Case) -> bool:
    return discharged_on(case, case.journey.triaged - Days(1))


def discharged_before_start(case: Case) -> bool:
    return bool(case.journey.starts) and discharged_on(case, max(case.journey.starts) - Days(1))


def reason(case: Case, meaning: str) -> bool:
    """Another discharge reason, of who is discharged."""
    is_closed = case.record.get("discharge_date") is not None
    return is_closed and case.put(discharge_reason=case.code("discharge_reason", meaning))


def completed_without_start(case: Case) -> bool:
    if not reason(case, "occasional_user"):
        return False
    for intervention in case.journey.lists["intervention"]:
        intervention |= dict.fromkeys(("start_date", "end_date", "exit_status"))
    return True


def declined_and_started(case: Case) -> bool:
    return bool(case.journey.starts) and reason(case, "commencement_declined")


def alcohol_free_of_drugs(case: Case) -> bool:
    alcohol = set(case.world.codes("substance", "alcohol"))
    return not set(case.journey.substances) <= alcohol and reason(case, "alcohol_free")


def _uses_at_exit(case: Case, tag: str, meaning: str) -> bool:
    exit_stage = case.world.code("treatment_stage", "exit")
    fields = case.world.tagged("outcomes_profile", tag)
    for profile in case.journey.lists["outcomes_profile"]:
        if profile.get("stage") == exit_stage and _is_past(profile, case.world.period.end):
            profile[fields[0]] = "8"
            return reason(case, meaning)
    return False


def occasional_with_opiates(case: Case) -> bool:
    return _uses_at_exit(case, "opiate_or_crack_days", "occasional_user")


def drug_free_with_drugs(case: Case) -> bool:
    return _uses_at_exit(case, "drug_days", "drug_free")


def destination_while_inside(case: Case) -> bool:
    if case.journey.discharged is not None or not case.collects("exit_destination"):
        return False
    return case.put(exit_destination=case.another("exit_destination"))


# Interventions


def left_open(case: Case) -> bool:
    closed = case.journey.discharged is not None and case.record.get("end_date") is not None
    return closed and case.put(end_date=None, exit_status=None)


def ended_without_start(case: Case) -> bool:
    return case.record.get("end_date") is not None and case.put(start_date=None)


def exit_without_end(case: Case) -> bool:
    return case.record.get("end_date") is None and case.put(exit_status=case.another("exit_status"))


def type_of_other_dataset(case: Case) -> bool:
    types = case.world.definition.lists[case.list_of("intervention_type")]
    foreign = [code for code in types.codes if code not in types.for_dataset(case.world.dataset)]
    return case.put(intervention_type=case.world.one_of(foreign))


def blank_though_started(field: str) -> Flaw:
    return lambda case: case.record.get("start_date") is not None and blank(field)(case)


def open_twice(case: Case) -> bool:
    is_open = case.journey.discharged is None and case.record.get("end_date") is None
    return is_open and copied(case)


# Sub intervention reviews


def _ticks(case: Case, tag: str) -> bool:
    return any(case.record.get(field) is not None for field in case.tagged(tag))


def _has(case: Case, kind: str) -> bool:
    types = {one.get("intervention_type") for one in case.journey.lists["intervention"]}
    return bool(types & set(case.world.codes("intervention_type", kind)))


def reviewed_after_discharge(case: Case) -> bool:
    treated = _ticks(case, "pharmacological") or _ticks(case, "psychosocial")
    return treated and after("review_date", "discharge_date", 5)(case)


def nothing_ticked(case: Case) -> bool:
    kept = {"review_id", "review_date"}
    return case.put(
        **dict.fromkeys(i.field for i in case.world.items[case.section] if i.field not in kept)
    )


def _tick(case: Case, field: str) -> bool:
    return case.put(**{field: case.code(field, "yes")})


def ticked_without_intervention(kind: str) -> Flaw:
    def flaw(case: Case) -> bool:
        opioid = case.tagged("opioid_medicine")
        fields = [field for field in case.tagged(kind) if field not in opioid]
        return not _has(case, kind) and _tick(case, case.world.one_of(fields))

    return flaw


def opioid_medicine_without_opiate(case: Case) -> bool:
    opiates = set(case.world.codes("substance", "opiate"))
    field = case.world.one_of(case.tagged("opioid_medicine"))
    return not opiates & set(case.journey.substances) and _tick(case, field)


def dose_without_medicine(field: str, tag: str) -> Flaw:
    return lambda case: not _ticks(case, tag) and case.put(**{field: "8"})


# Outcomes profiles


def _at(case: Case, stage: str) -> bool:
    return case.means("stage", stage)


def nothing_answered(case: Case) -> bool:
    asked = [*case.tagged("substance_days"), *case.tagged("rating")]
    items = case.world.by_name
    return case.put(**{f: items[f"{case.section}.{f}"].special_codes[0] for f in asked})


def young_units_without_days(case: Case) -> bool:
    return case.put(yp_alcohol_days="0", yp_alcohol_units="12")


def young_days_without_units(case: Case) -> bool:
    return case.put(yp_alcohol_days="12", yp_alcohol_units="0")


def shared_without_injecting(case: Case) -> bool:
    if not case.collects("sharing_equipment"):
        return False
    return case.put(injecting_days="0", sharing_equipment=case.code("sharing_equipment", "yes"))


def start_too_late(case: Case) -> bool:
    limit = case.world.definition.limits["start_profile_days"]
    starts = case.journey.starts
    return (
        _at(case, "start") and bool(starts) and case.put(profile_date=min(starts) + Days(limit + 6))
    )


def _review_after(case: Case, days: int) -> bool:
    """A review that comes some days after the profile before it."""
    profiles = case.journey.lists[case.section]
    place = next(n for n, one in enumerate(profiles) if one is case.record)
    if not _at(case, "review") or profiles[place - 1].get("profile_date") is None:
        return False
    return case.put(profile_date=day(profiles[place - 1], "profile_date") + Days(days))


def review_too_early(case: Case) -> bool:
    return _review_after(case, case.world.definition.limits["review_profile_first_day"] - 7)


def review_too_late(case: Case) -> bool:
    return _review_after(case, case.world.definition.limits["review_profile_last_day"] + 7)


def exit_too_early(case: Case) -> bool:
    return _at(case, "exit") and before("profile_date", "discharge_date", 20)(case)


def exit_without_discharge(case: Case) -> bool:
    waited = case.world.definition.limits["exit_without_discharge_days"]
    date = case.date("profile_date")
    if case.journey.discharged or date is None or date + Days(waited) >= case.world.period.end:
        return False
    return case.put(stage=case.code("stage", "exit"))


def post_treatment_too_early(case: Case) -> bool:
    if not _at(case, "exit") or case.journey.discharged is None:
        return False
    stage = case.code("stage", "post_treatment")
    return case.put(stage=stage, profile_date=case.journey.discharged)


CATALOGUE: dict[str, list[Flaw]] = {
    "client": [
        blank("first_initial"),
        blank("last_initial"),
        blank("birth_date"),
        blank("sex"),
        blank("ethnicity"),
        blank("country_of_birth"),
        no_such_code("country_of_birth"),
        text_for_code("religion"),
        bad_character("client_reference"),
        born_too_early,
        after("birth_date", "referral_date", 0),
        too_young_or_old,
        very_old,
        asked_too_young,
        disability_beside_none,
        disability_twice,
        same_as_another,
    ],
    "episode": [
        blank("referral_date"),
        blank("substance_1"),
        blank("accommodation_need"),
        blank("top_care_coordination"),
        blank("education_status"),
        blank("route"),
        blank("injecting_status"),
        blank("substance_1_first_age"),
        blank("drinking_days"),
        blank("exit_destination"),
        no_such_code("referral_source"),
        no_such_code("local_authority"),
        text_for_code("referral_source"),
        lambda case: case.put(postcode_district=NOT_A_DISTRICT),
        not_triaged,
        after("referral_date", "triage_date", 3),
        referred_tomorrow,
        referred_after_period,
        before("care_plan_start_date", "triage_date"),
        authority_elsewhere,
        authority_closed,
        substance_twice,
        third_without_second,
        first_is_filler,
        injects_and_does_not,
        used_before_birth,
        units_without_days,
        days_without_units,
        score_without_alcohol,
        alcohol_without_score,
        treated_without_need,
        need_without_answer,
        help_without_children,
        help_out_of_order,
        children_at_home_and_not,
        pregnant_man,
        vaccinated_without_offer,
        tested_without_offer,
        result_without_test,
        referred_without_positive,
        after("hepc_test_date", "discharge_date", 3),
        before("hepc_test_date", "birth_date"),
        employed_and_not,
        overlapping,
        discharged_before_triage,
        discharged_before_start,
        completed_without_start,
        declined_and_started,
        alcohol_free_of_drugs,
        occasional_with_opiates,
        drug_free_with_drugs,
        destination_while_inside,
    ],
    "intervention": [
        no_identifier,
        bad_character("intervention_id"),
        blank("intervention_type"),
        blank("referred_date"),
        blank("exit_status"),
        blank_though_started("setting"),
        blank_though_started("first_appointment_date"),
        before("referred_date", "referral_date"),
        before("first_appointment_date", "referred_date"),
        before("start_date", "triage_date"),
        before("start_date", "first_appointment_date"),
        before("end_date", "start_date"),
        type_of_other_dataset,
        left_open,
        ended_without_start,
        exit_without_end,
        open_twice,
    ],
    "sub_intervention_review": [
        no_identifier,
        blank("review_date"),
        before("review_date", "triage_date"),
        reviewed_after_discharge,
        nothing_ticked,
        ticked_without_intervention("pharmacological"),
        ticked_without_intervention("psychosocial"),
        opioid_medicine_without_opiate,
        dose_without_medicine("methadone_dose", "methadone"),
        dose_without_medicine("buprenorphine_dose", "oral_buprenorphine"),
    ],
    "outcomes_profile": [
        no_identifier,
        blank("profile_date"),
        blank("stage"),
        before("profile_date", "triage_date", 20),
        copied,
        nothing_answered,
        young_units_without_days,
        young_days_without_units,
        shared_without_injecting,
        start_too_late,
        review_too_early,
        review_too_late,
        exit_too_early,
        exit_without_discharge,
        post_treatment_too_early,
    ],
    "client_information_review": [
        no_identifier,
        blank("review_date"),
        before("review_date", "triage_date"),
        after("review_date", "discharge_date", 5),
        pregnant_man,
    ],
}
"""The kinds of flaws, by the section of the record that they spoil."""
