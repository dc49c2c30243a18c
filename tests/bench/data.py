"""Makes the data of all parts: python -m tests.bench.data FOLDER CLIENTS FEWER SHIFTED

The same made-up clients of a community agency as a clean file, as a file in which every row is wrong, as a file of
clients with consent only, as one whose first SHIFTED rows stand a column too far to the right, and, the first FEWER of
them, as the records of the tool.
"""

from __future__ import annotations

import sys
from pathlib import Path

import django
import polars as pl

from tests.bench.measure import tell
from validation.dataset import CoreDataset
from validation.records import Records

DATASET, AGENCY, SEED = "AD", "N0001", 1
KEYS = ("client.agency_code", "client.client_id", "episode.episode_id")
WRONG = {
    "client.ethnicity": "QQ",
    "episode.referral_date": "32/01/2022",
    "episode.drinking_days": "99",
    "intervention.intervention_type": "QQ",
    "sub_intervention_review.review_date": "31/02/2022",
    "outcomes_profile.profile_date": "2022",
}
"""What stands in the file in which every row is wrong, wherever the clean one has a value."""


def main(folder: Path, clients: int, fewer: int, shifted: int) -> None:
    django.setup()
    from det.checking import today
    from det.definition import core_dataset
    from det.demo import make_records
    from det.extract import lay_out, to_csv

    definition = core_dataset()
    records = make_records(definition, DATASET, clients=clients, seed=SEED, today=today())
    _store(records, fewer, folder)
    episodes = records["episode"].with_columns(agency_code=pl.lit(AGENCY))
    rows = lay_out(Records({**records.frames, "episode": episodes}))
    (folder / "clean.csv").write_bytes(to_csv(rows))
    (folder / "wrong.csv").write_bytes(to_csv(_spoilt(rows, definition)))
    (folder / "shifted.csv").write_bytes(to_csv(_shifted(rows.head(shifted), definition)))
    consent = definition.by_name["client.consent"].header
    willing = rows.filter(pl.col(consent).is_in(definition.meaning("consent", "given")))
    (folder / "willing.csv").write_bytes(to_csv(willing))
    tell({"rows": rows.height, "clients": clients, "columns": rows.width})


def _store(records: Records, clients: int, folder: Path) -> None:
    """Writes the records of the first clients: IPC files, one for each frame."""
    identifiers = records["episode"]["client_id"].unique().sort().head(clients)
    for name, frame in records.frames.items():
        wanted = frame.filter(pl.col("client_id").is_in(identifiers.implode()))
        wanted.write_ipc(folder / f"{name}.ipc")


def stored(folder: Path, clients: int, definition: CoreDataset) -> Records:
    """The records of the first clients, as `main` wrote them."""
    frames = {name: pl.read_ipc(folder / f"{name}.ipc") for name in definition.frames}
    identifiers = frames["episode"]["client_id"].unique().sort().head(clients)
    wanted = pl.col("client_id").is_in(identifiers.implode())
    return Records({name: frame.filter(wanted) for name, frame in frames.items()})


def _spoilt(rows: pl.DataFrame, definition: CoreDataset) -> pl.DataFrame:
    headers = {definition.by_name[name].header: value for name, value in WRONG.items()}
    return rows.with_columns(
        pl.when(pl.col(header).is_not_null()).then(pl.lit(value)).alias(header)
        for header, value in headers.items()
    )


def _shifted(rows: pl.DataFrame, definition: CoreDataset) -> pl.DataFrame:
    """Every value one column to the right, blanks as x; who each row is about stays where it was."""
    keys = {definition.by_name[name].header for name in KEYS}
    moved = [header for header in rows.columns if header not in keys]
    return rows.with_columns(
        pl.col(before).fill_null("x").alias(header)
        for before, header in zip([moved[-1], *moved[:-1]], moved, strict=True)
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:5]))
