"""Discharge: what must be given together, and what the reason claims."""

import polars as pl
from polars import col

from validation.prepare import SUBSTANCES
from validation.rules.book import Setting, blank, filled, given, missing, rule


def reason(setting: Setting, *meanings: str) -> pl.Expr:
    return col("discharge_reason").is_in(setting.codes("discharge_reason", *meanings))


@rule("NQ055a")
def discharge_before_start(setting: Setting) -> pl.Expr:
    return col("discharge_date") < col("last_start")


@rule("NQ055b")
def discharge_before_end(setting: Setting) -> pl.Expr:
    return col("discharge_date") < col("last_end")


@rule("NQ094")
def discharge_reason_missing(setting: Setting) -> pl.Expr:
    return given("discharge_date") & blank("discharge_reason")


@rule("NQ095")
def discharge_date_missing(setting: Setting) -> pl.Expr:
    return filled("discharge_reason") & missing("discharge_date")


@rule("NQ096")
def intervention_open_at_discharge(setting: Setting) -> pl.Expr:
    return given("discharge_date") & col("open_started")


@rule("NQ097")
def completed_without_treatment(setting: Setting) -> pl.Expr:
    return reason(setting, "completed") & col("ever_started").fill_null(value=False).not_()


@rule("NQ098")
def declined_but_started(setting: Setting) -> pl.Expr:
    return reason(setting, "commencement_declined") & col("ever_started")


@rule("NQ099")
def alcohol_free_of_drugs(setting: Setting) -> pl.Expr:
    alcohol = setting.codes("substance", "alcohol")
    neither = alcohol + setting.codes("substance", "filler")
    first_is_other = col("substance_1").is_in(alcohol).not_()
    others = pl.any_horizontal(
        (filled(name) & col(name).is_in(neither).not_()).fill_null(value=False)
        for name in SUBSTANCES
    )
    return reason(setting, "alcohol_free") & (first_is_other | others)


@rule("NQ100")
def occasional_user_of_opiates_or_crack(setting: Setting) -> pl.Expr:
    return reason(setting, "occasional_user") & col("exit_reports_opiates_or_crack")


@rule("NQ101")
def free_with_reported_use(setting: Setting) -> pl.Expr:
    drugs, alcohol = col("exit_reports_drugs"), col("exit_reports_alcohol")
    return (reason(setting, "drug_free") & drugs) | (
        reason(setting, "alcohol_free") & (drugs | alcohol)
    )


@rule("NQ102a")
def exit_destination_missing(setting: Setting) -> pl.Expr:
    return given("discharge_date") & blank("exit_destination")


@rule("NQ102b")
def exit_destination_without_discharge(setting: Setting) -> pl.Expr:
    return filled("exit_destination") & missing("discharge_date")
