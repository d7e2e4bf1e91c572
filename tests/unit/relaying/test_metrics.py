"""What a collector reads, and what people do."""

from __future__ import annotations

from pathlib import Path

import pytest

from celeriac.publishing import metrics
from celeriac.publishing.metrics import Counters, Standing


def test_the_file_is_whole_readable_and_in_prometheus_format(tmp_path: Path) -> None:
    standing = Standing(3, 1.5, {"unroutable": 2, "forbidden": 1})
    counters = Counters(confirmed=7, parked=3, doubtful=1)
    metrics.write(tmp_path, metrics.exposition(standing, counters, database=True, broker=False))
    [file] = tmp_path.iterdir()
    assert file.stat().st_mode & 0o777 == 0o644
    lines = file.read_text().splitlines()
    assert [line for line in lines if not line.startswith("#")] == [
        "celeriac_outbox_waiting 3",
        "celeriac_outbox_oldest_seconds 1.5",
        "celeriac_relay_confirmed_total 7",
        "celeriac_relay_parked_total 3",
        "celeriac_relay_doubtful_total 1",
        "celeriac_relay_database_up 1",
        "celeriac_relay_broker_up 0",
        'celeriac_outbox_parked{reason="forbidden"} 1',
        'celeriac_outbox_parked{reason="unroutable"} 2',
    ]
    named = {line.split()[2] for line in lines if line.startswith("# TYPE")}
    assert named == {line.split("{")[0].split()[0] for line in lines if not line.startswith("#")}


@pytest.mark.parametrize(
    ("standing", "text"),
    [
        (Standing(), "0 waiting"),
        (Standing(2, 61.04), "2 waiting, the oldest for 61.0 s"),
        (Standing(0, 0, {"unroutable": 2, "rejected": 1}), "0 waiting, 3 parked"),
    ],
)
def test_people_read_one_line(standing: Standing, text: str) -> None:
    assert str(standing) == text
