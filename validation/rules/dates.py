"""Dates of a client and an episode, and the age at triage."""

import polars as pl
from polars import col

from validation.rules.book import Setting, rule


@rule("NQ024")
def birth_year_too_early(setting: Setting) -> pl.Expr:
    return col("birth_date").dt.year() < setting.limit("earliest_birth_year")


@rule("NQ046")
def first_use_above_age(setting: Setting) -> pl.Expr:
    return col("substance_1_first_age") > col("age_at_triage")


@rule("NQ047a")
def birth_after_referral(setting: Setting) -> pl.Expr:
    return col("birth_date") >= col("referral_date")


@rule("NQ047b")
def birth_after_triage(setting: Setting) -> pl.Expr:
    return col("birth_date") >= col("triage_date")


@rule("NQ048")
def triage_before_referral(setting: Setting) -> pl.Expr:
    return col("triage_date") < col("referral_date")


@rule("NQ049")
def care_plan_before_triage(setting: Setting) -> pl.Expr:
    return col("care_plan_start_date") < col("triage_date")


@rule("NQ056a")
def discharge_before_triage(setting: Setting) -> pl.Expr:
    return col("discharge_date") < col("triage_date")


@rule("NQ056b")
def discharge_before_referral(setting: Setting) -> pl.Expr:
    return col("discharge_date") < col("referral_date")


@rule("NQ067a")
def hepc_test_after_discharge(setting: Setting) -> pl.Expr:
    return col("hepc_test_date") > col("discharge_date")


@rule("NQ067b")
def hepc_test_before_birth(setting: Setting) -> pl.Expr:
    return col("hepc_test_date") < col("birth_date")


@rule("NQ068")
def under_age_for_adult_dataset(setting: Setting) -> pl.Expr:
    return pl.lit(setting.adult) & (col("age_at_triage") < setting.limit("adult_age"))


@rule("NQ069")
def unusual_age_for_young_people(setting: Setting) -> pl.Expr:
    age = col("age_at_triage")
    youngest, oldest = (
        setting.limit("young_person_youngest"),
        setting.limit("young_person_oldest"),
    )
    return pl.lit(not setting.adult) & ((age < youngest) | (age >= oldest))


@rule("NQ070")
def very_high_age(setting: Setting) -> pl.Expr:
    return col("age_at_triage") > setting.limit("high_age")


@rule("NQ126")
def episodes_overlap(setting: Setting) -> pl.Expr:
    """The later of two episodes of a client begins before the earlier one has ended.

    An episode without a triage date has not begun; one that is given in two versions does not overlap itself.
    """
    one_version = pl.struct("client_id", "episode_id").is_unique() & col("client_id").is_not_null()
    return (col("triage_date") < col("earlier_end")) & one_version
