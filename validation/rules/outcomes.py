"""Outcomes profiles: the Treatment Outcomes Profile and the Young People's Outcomes Record."""

import polars as pl
from polars import col

from validation.prepare import TEXT
from validation.rules.book import Setting, blank, days_between, missing, rule

PROFILE = "outcomes_profile"


def at_stage(setting: Setting, stage: str) -> pl.Expr:
    return col("stage").is_in(setting.codes("treatment_stage", stage))


@rule("NQ043")
def nothing_answered(setting: Setting) -> pl.Expr:
    fields = setting.tagged(PROFILE, "substance_days") + setting.tagged(PROFILE, "rating")
    not_answered = setting.codes("yes_no_na", "not_answered")
    return pl.all_horizontal(
        col(field + TEXT).is_in(not_answered).fill_null(value=False) for field in fields
    )


@rule("NQ044c")
def young_units_without_drinking_days(setting: Setting) -> pl.Expr:
    return (col("yp_alcohol_units") > 0) & (col("yp_alcohol_days") == 0)


@rule("NQ044d")
def young_drinking_days_without_units(setting: Setting) -> pl.Expr:
    return (col("yp_alcohol_days") > 0) & (col("yp_alcohol_units") == 0)


@rule("NQ045")
def sharing_without_injecting(setting: Setting) -> pl.Expr:
    return (col("injecting_days") == 0) & col("sharing_equipment").is_in(
        setting.codes("yes_no_na", "yes")
    )


@rule("NQ059")
def start_profile_outside_window(setting: Setting) -> pl.Expr:
    apart = days_between("first_start", "profile_date").abs()
    return at_stage(setting, "start") & (apart > setting.limit("start_profile_days"))


@rule("NQ060a")
def review_profile_too_early(setting: Setting) -> pl.Expr:
    early = days_between("follows", "profile_date") < setting.limit("review_profile_first_day")
    return at_stage(setting, "review") & early


@rule("NQ060b")
def review_profile_too_late(setting: Setting) -> pl.Expr:
    late = days_between("follows", "profile_date") > setting.limit("review_profile_last_day")
    return at_stage(setting, "review") & late


@rule("NQ061")
def exit_profile_outside_window(setting: Setting) -> pl.Expr:
    apart = days_between("episode_discharge_date", "profile_date").abs()
    return at_stage(setting, "exit") & (apart > setting.limit("exit_profile_days"))


@rule("NQ062")
def exit_profile_without_discharge(setting: Setting) -> pl.Expr:
    waited = days_between("profile_date", "as_of") > setting.limit("exit_without_discharge_days")
    return at_stage(setting, "exit") & missing("episode_discharge_date") & waited


@rule("NQ063")
def post_treatment_profile_too_early(setting: Setting) -> pl.Expr:
    return at_stage(setting, "post_treatment") & (
        col("profile_date") <= col("episode_discharge_date")
    )


@rule("NQ064")
def profile_before_episode(setting: Setting) -> pl.Expr:
    early = days_between("profile_date", "episode_triage_date")
    return early > setting.limit("profile_before_triage_days")


def _any_filled(setting: Setting, profile: str) -> pl.Expr:
    """True where an item of the profile is filled, if it is not the profile of the dataset."""
    fields = setting.definition.tagged(PROFILE, profile)
    foreign = setting.definition.datasets[setting.dataset].outcomes != profile
    return pl.lit(foreign) & pl.any_horizontal(col(field).is_not_null() for field in fields)


@rule("NQ071")
def adult_profile_of_young_person(setting: Setting) -> pl.Expr:
    return _any_filled(setting, "top")


@rule("NQ072")
def young_profile_of_adult(setting: Setting) -> pl.Expr:
    return _any_filled(setting, "ypor")


@rule("NQ118a")
def profile_id_missing(setting: Setting) -> pl.Expr:
    return blank("profile_id")


@rule("NQ118b")
def profile_date_missing(setting: Setting) -> pl.Expr:
    return missing("profile_date")


@rule("NQ118c")
def stage_missing(setting: Setting) -> pl.Expr:
    return blank("stage")


@rule("NQ125")
def profile_twice(setting: Setting) -> pl.Expr:
    same = ["client_id", "profile_date", "stage"]
    return pl.all_horizontal(col(same).is_not_null()) & (pl.len().over(same) > 1)
