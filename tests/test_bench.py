"""The benchmarks of the lists measure every page, with findings in them: they follow the rules of the day."""

import pytest
from django.core.management import call_command

from det.models import Finding
from tests.bench import lists


@pytest.mark.django_db
def test_every_list_of_a_large_agency_is_measured() -> None:
    call_command("make_demo", agency="N0001", dataset="AD", clients=12, seed=1)
    measured = lists.main("N0001", rounds=1)
    assert measured["clients"] > 0
    assert measured["findings"] > 0
    assert len(measured["pages"]) == len(lists.pages("N0001"))
    assert all(seconds > 0 for seconds in measured["pages"].values())
    assert not Finding.objects.exists()
