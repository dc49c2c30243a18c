"""Mental health, family, hepatitis, employment."""

import polars as pl
from polars import col

from validation.rules.book import Setting, blank, filled, given, missing, repeats, rule


@rule("NQ081a")
def treatment_without_mental_health_need(setting: Setting) -> pl.Expr:
    need = col("mental_health_need").is_in(setting.codes("mental_health_need", "yes"))
    return filled("mental_health_treatment") & need.fill_null(value=False).not_()


@rule("NQ081b")
def mental_health_need_without_answer(setting: Setting) -> pl.Expr:
    need = col("mental_health_need").is_in(setting.codes("mental_health_need", "yes"))
    return need & blank("mental_health_treatment")


@rule("NQ082")
def early_help_without_children(setting: Setting) -> pl.Expr:
    no_parent = col("parental_status").is_in(setting.codes("parental_status", "not_a_parent"))
    contact = col("early_help_1").is_in(setting.codes("early_help", "none", "declined")).not_()
    return contact & no_parent & (col("children_living_with_client") == 0)


@rule("NQ083a")
def second_early_help_without_first(setting: Setting) -> pl.Expr:
    return filled("early_help_2") & blank("early_help_1")


@rule("NQ083b")
def third_early_help_without_second(setting: Setting) -> pl.Expr:
    return filled("early_help_3") & blank("early_help_2")


@rule("NQ083c")
def second_early_help_again(setting: Setting) -> pl.Expr:
    return repeats("early_help_2", "early_help_1")


@rule("NQ083d")
def third_early_help_again(setting: Setting) -> pl.Expr:
    return repeats("early_help_3", "early_help_1", "early_help_2")


@rule("NQ084")
def children_and_parental_status_disagree(setting: Setting) -> pl.Expr:
    with_children = setting.codes("parental_status", "lives_with_children")
    return (col("children_living_with_client") == 0) & col("parental_status").is_in(with_children)


@rule("NQ086")
def vaccination_without_offer(setting: Setting) -> pl.Expr:
    counted = col("hepb_status").is_in(setting.codes("hepb_status", "counted"))
    return filled("hepb_vaccination_count") & counted.fill_null(value=False).not_()


@rule("NQ087")
def hepc_test_without_offer(setting: Setting) -> pl.Expr:
    tested = col("hepc_status").is_in(setting.codes("hepc_status", "tested"))
    return given("hepc_test_date") & tested.fill_null(value=False).not_()


@rule("NQ088")
def hepc_result_without_test(setting: Setting) -> pl.Expr:
    result = filled("hepc_antibody_result") | filled("hepc_pcr_result")
    return result & missing("hepc_test_date")


@rule("NQ089")
def hepc_referral_without_positive(setting: Setting) -> pl.Expr:
    positive = col("hepc_pcr_result").is_in(setting.codes("hepc_result", "positive"))
    referred = col("hepc_treatment_referral").is_in(setting.codes("yes_no_yn", "yes"))
    return referred & positive.fill_null(value=False).not_()


@rule("NQ090")
def employment_items_disagree(setting: Setting) -> pl.Expr:
    employed = col("employment_status").is_in(setting.codes("employment_status", "employed"))
    still = col("time_since_employment").is_in(setting.codes("time_since_employment", "employed"))
    return employed & still.not_()
