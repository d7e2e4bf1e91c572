"""`publish_many`, direct and into the outbox."""

import json
from typing import Any

from tests.integration.relaying.office import LETTERS, Office
from tests.integration.way import Way

NUMBER = 2500


def many(office: Office, process: str, **settings: Any) -> dict[str, Any]:
    unit = office.application.start(
        process,
        ["python", "-m", "parcels.many", str(NUMBER)],
        ready="none",
        dialogue=True,
        **settings,
    )
    output, _ = unit.process.communicate(timeout=60)
    assert unit.process.returncode == 0, unit.log
    return json.loads(output)


def test_direct_every_message_is_confirmed_and_in_its_queue(office: Office) -> None:
    found = many(office, "pool-letters")
    assert found["fates"] == {"confirmed": NUMBER}
    taken = office.broker.take(office.vhost, LETTERS)
    assert office.received() == dict.fromkeys(found["ids"][1:], 1)
    # As Celery itself makes it.
    headers = taken["headers"]
    assert headers["id"] == found["ids"][0]
    assert taken["body"] == [
        [0, "fragile"],
        {},
        {"callbacks": None, "errbacks": None, "chain": None, "chord": None},
    ]
    assert headers["task"] == "parcels.tasks.deliver"
    assert headers["argsrepr"] == "(0, 'fragile')"
    assert headers["root_id"] == headers["id"]
    assert headers["retries"] == 0
    assert headers["timelimit"] == [None, None]


def test_into_the_outbox_they_are_stored(office: Office) -> None:
    found = many(office, "web")
    assert found["fates"] == {"stored": NUMBER}
    assert office.waiting() == NUMBER
    office.relay()
    office.wait_sent()
    assert office.received() == dict.fromkeys(found["ids"], 1)


def test_without_a_broker_nothing_is_sent_and_the_report_says_why(office: Office, way: Way) -> None:
    url = office.application.url("pool-letters", way.port)
    found = many(office, "pool-letters", broker_url=url)
    assert found["fates"] == {"unsent": NUMBER}
    assert "Connection refused" in found["text"]
