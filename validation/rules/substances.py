"""Problem substances, route, injecting and drinking."""

import polars as pl
from polars import col

from validation.rules.book import Setting, blank, filled, given, missing, repeats, rule


@rule("NQ044a")
def units_without_drinking_days(setting: Setting) -> pl.Expr:
    return (col("alcohol_units") > 0) & (col("drinking_days") == 0)


@rule("NQ044b")
def drinking_days_without_units(setting: Setting) -> pl.Expr:
    return (col("drinking_days") > 0) & (col("alcohol_units") == 0)


def _is_substance(field: str, setting: Setting) -> pl.Expr:
    return col(field).is_in(setting.codes("substance", "filler")).not_()


@rule("NQ075a")
def second_substance_again(setting: Setting) -> pl.Expr:
    return _is_substance("substance_2", setting) & repeats("substance_2", "substance_1")


@rule("NQ075b")
def third_substance_again(setting: Setting) -> pl.Expr:
    return _is_substance("substance_3", setting) & repeats(
        "substance_3", "substance_1", "substance_2"
    )


@rule("NQ076")
def third_substance_without_second(setting: Setting) -> pl.Expr:
    third = (
        filled("substance_3")
        & col("substance_3").is_in(setting.codes("substance", "no_third")).not_()
    )
    return third & (
        blank("substance_2") | col("substance_2").is_in(setting.codes("substance", "no_second"))
    )


@rule("NQ077")
def first_substance_is_none(setting: Setting) -> pl.Expr:
    return col("substance_1").is_in(setting.codes("substance", "filler"))


@rule("NQ078")
def route_and_injecting_disagree(setting: Setting) -> pl.Expr:
    return col("route").is_in(setting.codes("route", "inject")) & col("injecting_status").is_in(
        setting.codes("injecting_status", "not_injecting")
    )


@rule("NQ079a")
def route_without_substance(setting: Setting) -> pl.Expr:
    return filled("route") & blank("substance_1")


@rule("NQ092a")
def sadq_without_alcohol(setting: Setting) -> pl.Expr:
    return given("sadq_score") & col("reports_alcohol").not_()


@rule("NQ092b")
def alcohol_without_sadq(setting: Setting) -> pl.Expr:
    alcohol = setting.codes("substance", "alcohol")
    return pl.lit(setting.adult) & col("substance_1").is_in(alcohol) & missing("sadq_score")
