"""The tool's own work on a database (DATABASE_URL).

python -m tests.bench.tool (store FOLDER CODE CLIENTS | recheck CODE | transfer CODE)
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import django
from django.core.management import call_command

from tests.bench.data import DATASET, stored
from tests.bench.measure import peak_memory, percentile, seconds, tell

SAMPLE = 100


def store(folder: Path, code: str, clients: int) -> dict[str, Any]:
    """Puts the first clients into an agency of this code."""
    from det.definition import core_dataset
    from det.importing import store_records
    from det.services import add_agency

    call_command("migrate", verbosity=0)
    agency = add_agency(code=code, name=f"Agency {code}", dataset=DATASET)
    records = stored(folder, clients, core_dataset())
    took = seconds(lambda: store_records(agency=agency, records=records))
    return {"seconds": took}


def recheck(code: str) -> dict[str, Any]:
    """Judges one client after the other anew, as after a save."""
    from det.checking import recheck, today
    from det.definition import core_dataset
    from det.frames import records_of
    from det.models import Agency, Client
    from validation.engine import check

    agency = Agency.objects.get(code=code)
    clients = list(Client.live.filter(agency=agency).order_by("client_id"))
    step = max(1, len(clients) // SAMPLE)
    sample = clients[::step]
    recheck(agency, sample[:1])
    whole, read, engine = [], [], []
    for client in sample:
        whole.append(seconds(partial(recheck, agency, [client])))
        read.append(seconds(partial(records_of, agency, [client])))
        judge = partial(check, records_of(agency, [client]), core_dataset(), DATASET)
        engine.append(seconds(partial(judge, today=today(), with_basis=True)))
    return {
        "clients": len(clients),
        "seconds": median(whole),
        "p95": percentile(whole, 95),
        "read": median(read),
        "engine": median(engine),
    }


def transfer(code: str) -> dict[str, Any]:
    from det.checking import today
    from det.definition import core_dataset
    from det.models import Agency
    from det.transfer import prepare_transfer
    from validation.periods import current_period

    agency = Agency.objects.get(code=code)
    before = peak_memory()
    took = seconds(
        lambda: prepare_transfer(agency, current_period(today(), core_dataset())).content
    )
    memory = peak_memory()
    made = prepare_transfer(agency, current_period(today(), core_dataset()))
    return {
        "seconds": took,
        "memory": memory,
        "memory_before": before,
        "clients": made.clients,
        "rows": made.rows.height,
    }


if __name__ == "__main__":
    django.setup()
    match sys.argv[1:]:
        case ["store", folder, code, clients]:
            tell(store(Path(folder), code, int(clients)))
        case ["recheck", code]:
            tell(recheck(code))
        case ["transfer", code]:
            tell(transfer(code))
