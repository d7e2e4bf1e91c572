"""Which message an answer of the broker is for."""

from __future__ import annotations

from types import SimpleNamespace

from celeriac.publishing.in_flight import InFlight, Outgoing, Parcel
from celeriac.publishing.report import Fate, IncompletePublishError, Outcome, Report


def sent(in_flight: InFlight, *keys: str) -> list[Parcel]:
    parcels = [
        Parcel(Outgoing("tasks", key, {"correlation_id": str(number)}, b""), size=10)
        for number, key in enumerate(keys)
    ]
    for parcel in parcels:
        in_flight.sent(parcel)
    return parcels


def fates(parcels: list[Parcel]) -> list[str]:
    return [parcel.outcome.fate.value for parcel in parcels]


def test_answers_come_for_one_or_for_all_before() -> None:
    in_flight = InFlight()
    parcels = sent(in_flight, *"aabaa")
    in_flight.confirmed(2, multiple=False)
    in_flight.refused(3, multiple=False)
    in_flight.confirmed(4, multiple=True)
    in_flight.confirmed(9, multiple=False)
    assert fates(parcels) == ["confirmed", "confirmed", "refused", "confirmed", "unsent"]
    assert in_flight.refusing == {("tasks", "b")}
    assert (len(in_flight), in_flight.bytes) == (1, 10)


def test_a_returned_message_is_confirmed_after_it_and_stays_returned() -> None:
    in_flight = InFlight()
    parcels = sent(in_flight, "a", "gone", "gone", "a")
    for correlation in ("1", "2"):
        returned = SimpleNamespace(properties={"correlation_id": correlation})
        in_flight.returned(None, "tasks", "gone", returned)
    in_flight.confirmed(4, multiple=True)
    assert fates(parcels) == ["confirmed", "returned", "returned", "confirmed"]


def test_one_that_was_given_up_and_is_returned_is_not_confirmed_late() -> None:
    in_flight = InFlight()
    parcels = sent(in_flight, "gone", "a")
    in_flight.give_up("an alarm")
    in_flight.returned(None, "tasks", "gone", SimpleNamespace(properties={"correlation_id": "0"}))
    in_flight.confirmed(2, multiple=True)
    assert fates(parcels) == ["unknown", "unknown"]
    assert in_flight.late_confirmed() == [parcels[1].message]


def test_messages_that_look_the_same_are_returned_in_their_order() -> None:
    in_flight = InFlight()
    parcels = [Parcel(Outgoing("tasks", "gone", {}, b"")) for _ in range(2)]
    for parcel in parcels:
        in_flight.sent(parcel)
    in_flight.returned(None, "tasks", "gone", SimpleNamespace(properties={}))
    assert fates(parcels) == ["returned", "unsent"]


def test_what_is_given_up_is_unknown_and_its_late_answer_is_kept() -> None:
    in_flight = InFlight()
    parcels = sent(in_flight, *"abc")
    in_flight.confirmed(1, multiple=False)
    in_flight.give_up("silence")
    assert fates(parcels) == ["confirmed", "unknown", "unknown"]
    assert in_flight.doubtful
    in_flight.confirmed(2, multiple=True)
    in_flight.refused(3, multiple=False)
    assert in_flight.late_confirmed() == [parcels[1].message]
    assert in_flight.late_confirmed() == []
    assert not in_flight.doubtful


def test_a_report_counts_names_and_raises() -> None:
    report = Report(
        ["a", "b", "c"],
        [Outcome(Fate.CONFIRMED), Outcome(Fate.CONFIRMED), Outcome(Fate.UNKNOWN, "silence")],
    )
    assert str(report) == "2 confirmed, 1 unknown (silence)"
    assert report.of(Fate.UNKNOWN, Fate.UNSENT) == ["c"]
    try:
        report.raise_if_incomplete()
    except IncompletePublishError as error:
        assert error.report is report
    else:
        raise AssertionError("an unknown message counted as published")
