"""Who a record is about: identifiers, the attributor, local authorities, what fits the person."""

import polars as pl
from polars import col

from validation.rules.book import Setting, filled, repeats, rule

CLIENT_IDENTIFIERS = ("first_initial", "last_initial", "birth_date_text", "sex")


def _several(column: str, key: str) -> pl.Expr:
    return (col(column).n_unique().over(key) > 1) & col(key).is_not_null()


def _repeated(key: str) -> pl.Expr:
    """Records that bear the same ID; records that agree in all items were gathered into one before."""
    return (pl.len().over(key) > 1) & col(key).is_not_null()


@rule("NQ030")
def authorities_disagree(setting: Setting) -> pl.Expr:
    parents = {
        code.code: code.parent
        for code in setting.definition.lists["local_authority"].codes.values()
    }
    known = list(setting.definition.lists["upper_tier_local_authority"].codes)
    parent = col("local_authority").replace_strict(parents, default=None, return_dtype=pl.String)
    return col("upper_tier_local_authority").is_in(known) & (
        parent != col("upper_tier_local_authority")
    )


@rule("NQ073")
def orientation_of_a_child(setting: Setting) -> pl.Expr:
    return filled("sexual_orientation") & (
        col("age_at_latest_triage") < setting.limit("orientation_age")
    )


@rule("NQ074a")
def pregnant_male(setting: Setting) -> pl.Expr:
    return col("pregnant").is_in(setting.codes("yes_no_yn", "yes")) & col("sex").is_in(
        setting.codes("sex", "male")
    )


@rule("NQ074b")
def pregnant_male_at_review(setting: Setting) -> pl.Expr:
    return col("pregnant").is_in(setting.codes("yes_no_yn", "yes")) & col("episode_sex").is_in(
        setting.codes("sex", "male")
    )


@rule("NQ091a")
def disability_beside_none(setting: Setting) -> pl.Expr:
    return col("disability_1").is_in(setting.codes("disability", "none", "declined")) & (
        filled("disability_2") | filled("disability_3")
    )


@rule("NQ091b")
def second_disability_again(setting: Setting) -> pl.Expr:
    return repeats("disability_2", "disability_1")


@rule("NQ091c")
def third_disability_again(setting: Setting) -> pl.Expr:
    return repeats("disability_3", "disability_1", "disability_2")


@rule("NQ120")
def conflicting_identifiers(setting: Setting) -> pl.Expr:
    return pl.any_horizontal(_several(column, "client_id") for column in CLIENT_IDENTIFIERS)


@rule("NQ121")
def conflicting_episode(setting: Setting) -> pl.Expr:
    """Rows of one episode that differ in an episode item; a difference in a client item is NQ120's."""
    return (col("versions") > 1) & col("episode_id").is_not_null()


@rule("NQ122")
def episode_of_two_clients(setting: Setting) -> pl.Expr:
    return _several("client_id", "episode_id")


@rule("NQ123")
def intervention_id_twice(setting: Setting) -> pl.Expr:
    return _repeated("intervention_id")


@rule("NQ124a")
def profile_id_twice(setting: Setting) -> pl.Expr:
    return _repeated("profile_id")


@rule("NQ124b")
def sub_intervention_review_id_twice(setting: Setting) -> pl.Expr:
    return _repeated("review_id")


@rule("NQ124c")
def client_information_review_id_twice(setting: Setting) -> pl.Expr:
    return _repeated("review_id")


ATTRIBUTOR = ("first_initial", "last_initial", "birth_date", "sex", "local_authority")


@rule("NQ127", group=ATTRIBUTOR)
def attributor_of_two_clients(setting: Setting) -> pl.Expr:
    return pl.all_horizontal(col(ATTRIBUTOR).is_not_null()) & (
        col("client_id").n_unique().over(ATTRIBUTOR) > 1
    )
