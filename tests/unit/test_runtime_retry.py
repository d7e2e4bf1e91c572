"""Where Celery sends a retry that has no countdown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from celery import Celery, signals

import celeriac.runtime
from celeriac.derive import runtime
from tests.descriptions import describe

DELAYED = ".".join("0" * 27) + ".1.mail"
ROWS = [
    ("tasks", "mail"),
    ("celery_delayed_delivery", DELAYED),
    ("celery_delayed_0", DELAYED),
]


def send() -> None: ...


@pytest.mark.parametrize(("exchange", "key"), ROWS)
def test_to_its_queue_even_after_a_delay(
    exchange: str, key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = tmp_path / "celeriac.json"
    document.write_text(json.dumps(runtime.build(describe())))
    monkeypatch.setenv("CELERIAC_RUNTIME", str(document))
    monkeypatch.setenv("CELERIAC_PROCESS", "pool-mail")
    app = Celery("shop")
    celeriac.runtime.configure(app)
    task = app.task(name="shop.mail.send")(send)
    task.push_request(delivery_info={"exchange": exchange, "routing_key": key})

    signals.task_prerun.send(sender=task, task=task)

    options = task.signature_from_request().options
    assert (options["exchange"], options["routing_key"]) == ("tasks", "mail")
