"""Sub intervention reviews and client information reviews."""

import polars as pl
from polars import col

from validation.rules.book import Setting, blank, given, missing, rule


@rule("NQ057")
def review_before_treatment(setting: Setting) -> pl.Expr:
    date = col("review_date")
    return (date < col("first_start")) | (date < col("episode_triage_date"))


@rule("NQ058")
def review_after_discharge(setting: Setting) -> pl.Expr:
    """Recovery support alone may be reported after discharge."""
    treatment = col("ticked_pharmacological") | col("ticked_psychosocial")
    return (col("review_date") > col("episode_discharge_date")) & treatment


@rule("NQ065a")
def information_review_before_triage(setting: Setting) -> pl.Expr:
    return col("review_date") < col("episode_triage_date")


@rule("NQ065b")
def information_review_after_discharge(setting: Setting) -> pl.Expr:
    return col("review_date") > col("episode_discharge_date")


@rule("NQ112a")
def review_id_missing(setting: Setting) -> pl.Expr:
    return blank("review_id")


@rule("NQ112b")
def review_date_missing(setting: Setting) -> pl.Expr:
    return missing("review_date")


@rule("NQ113")
def nothing_ticked(setting: Setting) -> pl.Expr:
    return given("review_date") & col("ticked_sub_intervention").not_()


@rule("NQ114a")
def medicine_without_intervention(setting: Setting) -> pl.Expr:
    return col("ticked_pharmacological") & col("has_pharmacological").fill_null(value=False).not_()


@rule("NQ114b")
def psychosocial_without_intervention(setting: Setting) -> pl.Expr:
    return col("ticked_psychosocial") & col("has_psychosocial").fill_null(value=False).not_()


@rule("NQ115")
def opioid_medicine_without_opiate(setting: Setting) -> pl.Expr:
    return col("ticked_opioid_medicine") & col("reports_opiate").fill_null(value=False).not_()


@rule("NQ116a")
def methadone_dose_without_methadone(setting: Setting) -> pl.Expr:
    return given("methadone_dose") & col("ticked_methadone").not_()


@rule("NQ116b")
def buprenorphine_dose_without_buprenorphine(setting: Setting) -> pl.Expr:
    return given("buprenorphine_dose") & col("ticked_oral_buprenorphine").not_()


@rule("NQ119a")
def information_review_id_missing(setting: Setting) -> pl.Expr:
    return blank("review_id")


@rule("NQ119b")
def information_review_date_missing(setting: Setting) -> pl.Expr:
    return missing("review_date")
