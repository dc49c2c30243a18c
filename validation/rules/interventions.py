"""Interventions: their dates, what must be given together, duplicates."""

import polars as pl
from polars import col

from validation.rules.book import Setting, blank, filled, given, missing, rule


@rule("NQ050")
def referred_before_episode(setting: Setting) -> pl.Expr:
    return col("referred_date") < col("episode_referral_date")


@rule("NQ051")
def offered_before_referral(setting: Setting) -> pl.Expr:
    return col("first_appointment_date") < col("referred_date")


@rule("NQ052")
def start_before_triage(setting: Setting) -> pl.Expr:
    return col("start_date") < col("episode_triage_date")


@rule("NQ053a")
def start_before_its_referral(setting: Setting) -> pl.Expr:
    return col("start_date") < col("referred_date")


@rule("NQ053b")
def start_before_first_offer(setting: Setting) -> pl.Expr:
    return col("start_date") < col("first_appointment_date")


@rule("NQ054")
def end_before_start(setting: Setting) -> pl.Expr:
    return col("end_date") < col("start_date")


@rule("NQ104")
def intervention_id_missing(setting: Setting) -> pl.Expr:
    return blank("intervention_id")


@rule("NQ105")
def intervention_type_missing(setting: Setting) -> pl.Expr:
    return filled("intervention_id") & blank("intervention_type")


@rule("NQ106")
def referred_date_missing(setting: Setting) -> pl.Expr:
    return filled("intervention_type") & missing("referred_date")


@rule("NQ107a")
def end_without_start(setting: Setting) -> pl.Expr:
    return given("end_date") & missing("start_date")


@rule("NQ107b")
def exit_status_without_end(setting: Setting) -> pl.Expr:
    return filled("exit_status") & missing("end_date")


@rule("NQ107c")
def end_without_exit_status(setting: Setting) -> pl.Expr:
    return given("end_date") & blank("exit_status")


@rule("NQ110")
def duplicate_open_intervention(setting: Setting) -> pl.Expr:
    same = ["client_id", "episode_id", "intervention_type", "setting"]
    is_open = missing("end_date") & filled("intervention_type")
    return is_open & (is_open.sum().over(same) > 1)
