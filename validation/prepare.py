"""Turns frames of text into the frames that rules read: dates and numbers typed, facts of other records beside.

A date or whole number `x` becomes a typed column `x` (null when it is malformed) and keeps its text as
`x_text`. What a rule needs of another record is a derived column, made here once; the table in
docs/rules.md lists them.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from functools import cache, lru_cache

import polars as pl

from validation.dataset import CoreDataset
from validation.records import KEYS, Records

TEXT = "_text"
SUBSTANCES = ("substance_1", "substance_2", "substance_3")
TICKED = (
    "sub_intervention",
    "pharmacological",
    "psychosocial",
    "opioid_medicine",
    "methadone",
    "oral_buprenorphine",
)
"""The tags of sub-interventions about which a rule asks whether one is ticked."""
DATE_FORMATS = (
    (r"^\d{2}/\d{2}/\d{4}$", "%d/%m/%Y"),
    (r"^\d{4}-\d{2}-\d{2}$", "%Y-%m-%d"),
    (r"^\d{8}$", "%Y%m%d"),
)
WHOLE_NUMBER = r"^-?\d{1,18}$"
NO_END = datetime.date(9999, 12, 31)
"""The end of an episode that is open."""


def parse_date(text: pl.Expr) -> pl.Expr:
    """Date of a text in one of the formats of csv_format.md, null for anything else."""
    return pl.coalesce(
        pl.when(text.str.contains(pattern)).then(text).str.to_date(form, strict=False)
        for pattern, form in DATE_FORMATS
    )


def typed(frame: pl.DataFrame, name: str, definition: CoreDataset) -> pl.DataFrame:
    """The frame with every date and whole number typed and its text kept as <field>_text."""
    blanks = frame.null_count().row(0, named=True)
    columns = []
    for field, (dtype, value) in _values(name, definition).items():
        is_blank = blanks[field] == frame.height
        columns += [pl.col(field).alias(field + TEXT), blank(field, dtype) if is_blank else value]
    return frame.with_columns(columns)


@lru_cache
def _values(name: str, definition: CoreDataset) -> dict[str, tuple[type[pl.DataType], pl.Expr]]:
    """Field -> type and value, of every date and whole number of a frame of text."""
    values: dict[str, tuple[type[pl.DataType], pl.Expr]] = {}
    for item in definition.frames[name]:
        text = pl.col(item.field)
        if item.type == "date":
            values[item.field] = pl.Date, parse_date(text).alias(item.field)
        elif item.type == "integer":
            is_number = text.str.contains(WHOLE_NUMBER) & text.is_in(item.special_codes).not_()
            number = pl.when(is_number).then(text).cast(pl.Int64, strict=False)
            values[item.field] = pl.Int64, number.alias(item.field)
    return values


@cache
def blank(field: str, dtype: type[pl.DataType] = pl.String) -> pl.Expr:
    """A column of nulls."""
    return pl.lit(None, dtype=dtype).alias(field)


def whole_years(born: pl.Expr, day: pl.Expr) -> pl.Expr:
    """Age in whole years on a day (Int32)."""
    # A month is an Int8, in which 12 * 100 is not 1200.
    today, birthday = (date.dt.month().cast(pl.Int32) * 100 + date.dt.day() for date in (day, born))
    return (day.dt.year() - born.dt.year() - (today < birthday).cast(pl.Int32)).cast(pl.Int32)


def prepare(
    records: Records,
    definition: CoreDataset,
    dataset: str,
    today: datetime.date,
    period_end: datetime.date | None,
) -> Mapping[str, pl.DataFrame]:
    """The typed frames with their derived columns, by frame name; what the dataset does not collect is null."""
    frames = {
        name: typed(_collected(records[name], name, definition, dataset), name, definition)
        for name in definition.frames
    }
    as_of = min(today, period_end) if period_end else today
    days = [
        pl.lit(today, dtype=pl.Date).alias("today"),
        pl.lit(as_of, dtype=pl.Date).alias("as_of"),
        pl.lit(period_end, dtype=pl.Date).alias("period_end"),
    ]
    facts = _facts(frames, definition, dataset)
    episodes = (
        beside(frames["episode"], facts)
        .with_columns(
            *days,
            age_at_triage=whole_years(pl.col("birth_date"), pl.col("triage_date")),
        )
        .with_columns(
            *_reported(definition),
            _age_now(),
            _versions(frames["episode"], definition).alias("versions"),
            _earlier_ends(frames["episode"]),
        )
    )
    about_episode = episodes.select(
        *KEYS,
        "first_start",
        "has_pharmacological",
        "has_psychosocial",
        "reports_opiate",
        *(
            pl.col(name).alias(f"episode_{name}")
            for name in (
                "referral_date",
                "triage_date",
                "discharge_date",
                "discharge_date_text",
                "sex",
            )
        ),
    ).unique(KEYS, keep="first")
    result = {"episode": episodes}
    for name in definition.children:
        result[name] = beside(frames[name], about_episode).with_columns(days)
    reviews = result["sub_intervention_review"]
    result["sub_intervention_review"] = reviews.with_columns(_ticked(reviews, definition, dataset))
    profiles = result["outcomes_profile"]
    result["outcomes_profile"] = profiles.with_columns(_previous_profiles(profiles)).with_columns(
        follows=pl.coalesce("previous_profile_date", "first_start")
    )
    return result


def beside(frame: pl.DataFrame, facts: pl.DataFrame) -> pl.DataFrame:
    """The frame with the facts of each row's episode beside it; `facts` has a row for each episode (KEYS)."""
    keys = frame.select(KEYS)
    found = keys.join(facts, on=KEYS, how="left", nulls_equal=True, maintain_order="left")
    # In as many pieces as the frame: polars would copy all of the frame to make them alike.
    return frame.hstack(found.drop(KEYS).rechunk())


def _collected(
    frame: pl.DataFrame, name: str, definition: CoreDataset, dataset: str
) -> pl.DataFrame:
    """The frame with every item of the definition, null where the dataset does not collect it.

    Records that had nothing else are left out, and those that differed in nothing else are one.
    """
    items = definition.frames[name]
    given = set(frame.columns)
    foreign = [i.field for i in items if dataset not in i.datasets and i.field in given]
    nulled = [field for field in foreign if frame[field].null_count() < frame.height]
    frame = frame.with_columns(
        blank(item.field)
        for item in items
        if dataset not in item.datasets or item.field not in given
    )
    if nulled:
        own = [item.field for item in items]
        if name != "episode":
            frame = frame.filter(pl.any_horizontal(pl.col(own).is_not_null()))
        same = dict.fromkeys([*own, *KEYS, "client_record", "episode_record", "record"])
        frame = frame.unique(list(same), keep="first", maintain_order=True)
    return frame


def _age_now() -> pl.Expr:
    """`age_at_latest_triage`: of the client; before the first triage the age today."""
    latest = pl.col("age_at_triage").max().over("client_id")
    today = whole_years(pl.col("birth_date"), pl.col("today"))
    return pl.coalesce(latest, today).alias("age_at_latest_triage")


def _versions(episodes: pl.DataFrame, definition: CoreDataset) -> pl.Expr:
    """In how many versions of its own items an episode is given (1, but for a file that contradicts itself)."""
    if episodes.select(KEYS).is_unique().all():
        return pl.lit(1, dtype=pl.UInt32)
    own = [item.field for item in definition.frames["episode"] if item.record == "episode"]
    return pl.struct(own).n_unique().over(KEYS)


def _earlier_ends(episodes: pl.DataFrame) -> pl.Series:
    """`earlier_end`: the last day of the client's episodes that began before it; an open one has no end in sight.

    An episode without a triage date has not begun.
    """
    end = (
        pl.when(pl.col("triage_date").is_null())
        .then(None)
        .when(pl.col("discharge_date" + TEXT).is_null())
        .then(pl.lit(NO_END))
        .otherwise(pl.col("discharge_date"))
    )
    order = ["triage_date", "episode_id"]
    ends = episodes.select("client_id", *order, end=end).with_row_index("place")
    # Few clients have several episodes, and to look at groups is dear.
    several = ends.filter(pl.col("client_id").is_duplicated()).sort(order)
    earlier = pl.col("end").shift(1).cum_max().over("client_id")
    found = several.select("place", earlier_end=earlier)
    return ends.join(found, on="place", how="left", maintain_order="left")["earlier_end"]


def _previous_profiles(profiles: pl.DataFrame) -> pl.Series:
    """`previous_profile_date`: the day of the profile before it in the same episode."""
    order = [*KEYS, "profile_date", "profile_id"]
    in_order = profiles.select(order).with_row_index("place").sort(order)
    same = pl.all_horizontal(pl.col(key).eq_missing(pl.col(key).shift(1)) for key in KEYS)
    previous = pl.when(same).then(pl.col("profile_date").shift(1))
    found = in_order.select("place", previous_profile_date=previous).sort("place")
    return found["previous_profile_date"]


def _facts(
    frames: Mapping[str, pl.DataFrame], definition: CoreDataset, dataset: str
) -> pl.DataFrame:
    """What an episode's own records say, one row for each episode (KEYS):

    first_start, last_start, last_end, open_since (Date); open_kind (String); open_started, ever_started,
    has_pharmacological, has_psychosocial, exit_reports_drugs, exit_reports_alcohol, exit_reports_opiates_or_crack
    (Boolean).
    """
    interventions = frames["intervention"].group_by(KEYS).agg(_intervention_facts(definition))
    exits = frames["outcomes_profile"].filter(
        pl.col("stage").is_in(definition.meaning("treatment_stage", "exit"))
    )
    profiles = exits.group_by(KEYS).agg(_exit_facts(definition, dataset))
    episodes = frames["episode"].select(KEYS).unique()
    return beside(beside(episodes, interventions), profiles)


@lru_cache
def _intervention_facts(definition: CoreDataset) -> list[pl.Expr]:
    kind = pl.col("intervention_type")
    start, end = pl.col("start_date"), pl.col("end_date")
    is_started, is_open = (
        pl.col("start_date" + TEXT).is_not_null(),
        pl.col("end_date" + TEXT).is_null(),
    )

    def has(meaning: str) -> pl.Expr:
        return kind.is_in(definition.meaning("intervention_type", meaning)).any()

    return [
        start.min().alias("first_start"),
        start.max().alias("last_start"),
        end.max().alias("last_end"),
        (is_started & is_open).any().alias("open_started"),
        start.filter(is_started & is_open).min().alias("open_since"),
        kind.filter(is_started & is_open).first().alias("open_kind"),
        is_started.any().alias("ever_started"),
        has("pharmacological").alias("has_pharmacological"),
        has("psychosocial").alias("has_psychosocial"),
    ]


@lru_cache
def _reported(definition: CoreDataset) -> list[pl.Expr]:
    """Whether one of the episode's substances is of a kind; never null."""
    return [
        pl.any_horizontal(pl.col(SUBSTANCES).is_in(definition.meaning("substance", kind)))
        .fill_null(value=False)
        .alias(f"reports_{kind}")
        for kind in ("opiate", "alcohol")
    ]


def _ticked(reviews: pl.DataFrame, definition: CoreDataset, dataset: str) -> list[pl.Expr]:
    """Whether a sub-intervention with the tag is ticked; never null. Blank columns are left aside."""
    yes = definition.meaning("yes_no_yn", "yes")
    blanks = reviews.null_count().row(0, named=True)
    result = []
    for tag in TICKED:
        fields = definition.tagged("sub_intervention_review", tag, dataset)
        answered = [field for field in fields if blanks[field] < reviews.height]
        is_ticked = (
            pl.any_horizontal(pl.col(answered).is_in(yes)).fill_null(value=False)
            if answered
            else pl.lit(value=False)
        )
        result.append(is_ticked.alias(f"ticked_{tag}"))
    return result


@lru_cache
def _exit_facts(definition: CoreDataset, dataset: str) -> list[pl.Expr]:
    return [
        (pl.max_horizontal(definition.tagged("outcomes_profile", tag, dataset)) > 0)
        .any()
        .alias(name)
        for name, tag in (
            ("exit_reports_drugs", "drug_days"),
            ("exit_reports_alcohol", "alcohol_days"),
            ("exit_reports_opiates_or_crack", "opiate_or_crack_days"),
        )
    ]
