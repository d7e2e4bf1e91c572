"""Which tasks a release takes away, or changes, that somebody may still ask for.

Manifests of tasks and counts of what waits go in, sentences come out. A manifest is a release's
`tasks.json`, see `celeriac.worker.manifest`; docs/compatibility.md explains the rules to those who
write tasks, and docs/decisions/0015-task-compatibility.md why they are these.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from celeriac.derive import names
from celeriac.release.signatures import Break, breaks

Manifest = Mapping[str, Any]

_DELAYED = "celery_delayed_"
_PLACES = {"outbox": "in the outbox", "parked": "parked", "schedule": "in the schedule"}
_REMOVED = Break(
    "the task was removed",
    "messages that ask for it would never run",
    "Keep it for one more release with `deprecated=True` and call it nowhere; then remove it.",
)

_UNKNOWN_THERE = (
    "{}: it is new, and workers on {} that consume {} do not know it. What the canary sends of it would go back "
    "for ten minutes at most and then to the dead letters (where hosted, be dropped at once). Let all hosts of "
    "these workers be among --hosts, or deploy the task first and send it a release later."
)

_REMOVAL = (
    "{}: the task was removed, and nothing asks for it now. What may still be sent of it, until "
    "the release that has it has ended, goes to the dead letters."
)


_QUEUE_GONE = (
    "The queue {} is not described any more, and a release that runs sends {} there: nobody would consume "
    "what waits in it, and what is sent yet would be parked. Keep queue and pool for one more release, "
    "with the tasks in another queue; then remove them."
)


@dataclass(frozen=True)
class Change:
    """A task of an older release that the new one has not, or that it cannot call as before.

    queue: where its messages go, None where the routes could not tell.
    deprecated: the older release says that nobody calls it any more.
    """

    task: str
    found: Break
    queue: str | None
    deprecated: bool

    @property
    def removed(self) -> bool:
        return self.found is _REMOVED


@dataclass(frozen=True)
class Running:
    """A release of which some process runs, though it may only finish its work.

    manifest: None for one that was built without.
    """

    manifest: Manifest | None
    hosts: tuple[str, ...]


@dataclass(frozen=True)
class Asked:
    """What waits at the moment.

    tasks: for each of `outbox`, `parked` and `schedule`, the number of each task there. What a
        stored message goes on with (chain, link, chord) is counted as well.
    unreadable: stored messages that may go on with any task.
    queues: messages of each of the broker's queues, those that a worker holds included.
    """

    tasks: Mapping[str, Mapping[str, int]]
    unreadable: int
    queues: Mapping[str, int]


@dataclass(frozen=True)
class Verdict:
    """Sentences: why the release is refused, and what may be lost or was not looked at."""

    refused: list[str]
    accepted: list[str]


def changes(old: Manifest, new: Manifest) -> list[Change]:
    """Return the incompatible changes of the new manifest. Another queue is none.

    Tasks whose signature one of the two does not tell are taken to be the same.
    """
    found = []
    for name, before in sorted(old["tasks"].items()):
        after = new["tasks"].get(name)
        if after is None:
            broken = [_REMOVED]
        elif before["parameters"] is None or after["parameters"] is None:
            broken = []
        else:
            broken = breaks(before["parameters"], after["parameters"])
        found += [Change(name, one, before["queue"], before["deprecated"]) for one in broken]
    return found


def removes(new: Manifest, running: Mapping[str, Running]) -> bool:
    """Return whether what waits has to be asked for before `judge`."""
    return any(
        change.removed
        for one in running.values()
        if one.manifest
        for change in changes(one.manifest, new)
    )


def judge(
    new: Manifest,
    running: Mapping[str, Running],
    asked: Asked | None,
    queues: Collection[str] = (),
) -> Verdict:
    """Compare a release with those that run.

    ``asked`` is None where nobody can tell, as for a hosted application, or nobody had to.
    ``queues`` are those that the new release's description names; empty where it need not name all.
    """
    newest = max(running, default="")
    refused: defaultdict[str, list[str]] = defaultdict(list)
    accepted: defaultdict[str, list[str]] = defaultdict(list)
    for release, one in sorted(running.items(), reverse=True):
        where = f"{release} on {', '.join(one.hosts)}"
        if one.manifest is None:
            accepted["It has no tasks.json, so its tasks were not compared."].append(where)
            continue
        for change in changes(one.manifest, new):
            asks = _asks(change, asked) if asked and change.removed else []
            if change.deprecated:
                accepted[_deprecated(change, asks)].append(where)
            elif change.removed and asked and not asks:
                accepted[_REMOVAL.format(change.task)].append(where)
            else:
                wait = "" if release == newest else " Or wait until that release has ended."
                refused[_refusal(change, asks) + wait].append(where)
        for queue, tasks in _queues_gone(one.manifest, queues).items():
            refused[_QUEUE_GONE.format(queue, ", ".join(tasks))].append(where)
    return Verdict(list(_with_releases(refused)), list(_with_releases(accepted)))


def unknown_elsewhere(
    new: Manifest,
    running: Mapping[str, Mapping[str, Manifest | None]],
    consumed: Mapping[str, Collection[str]],
) -> list[str]:
    """Return which tasks of a canary the workers of other hosts may get and do not know.

    ``running`` are the manifests of each of those hosts, ``consumed`` the queues that their workers read.
    """
    sentences = []
    for name, task in sorted(new["tasks"].items()):
        places = {
            host: queues if task["queue"] is None else {task["queue"]} & {*queues}
            for host, queues in consumed.items()
            if any(
                one is not None and name not in one["tasks"]
                for one in running.get(host, {}).values()
            )
        }
        if found := {host: queues for host, queues in places.items() if queues}:
            queues = sorted({queue for queues in found.values() for queue in queues})
            sentences.append(_UNKNOWN_THERE.format(name, ", ".join(found), ", ".join(queues)))
    return sentences


def _queues_gone(old: Manifest, queues: Collection[str]) -> dict[str, list[str]]:
    """Return the queues that are described no more, each with the tasks of the old release that go there."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for name, task in sorted(old["tasks"].items()):
        if queues and task["queue"] is not None and task["queue"] not in queues:
            found[task["queue"]].append(name)
    return found


def _asks(change: Change, asked: Asked) -> list[str]:
    """Return what asks for the task, or may."""
    counts = {
        **{text: asked.tasks[place].get(change.task, 0) for place, text in _PLACES.items()},
        "in the outbox that cannot be read": asked.unreadable,
        **{
            f"in the queue {queue}": number
            for queue, number in sorted(asked.queues.items())
            if not queue.startswith(_DELAYED)
            and queue != names.DEAD_LETTERS
            and change.queue in (queue, None)
        },
        "in the queues of delayed delivery": sum(
            number for queue, number in asked.queues.items() if queue.startswith(_DELAYED)
        ),
    }
    return [f"{number} {text}" for text, number in counts.items() if number]


def _refusal(change: Change, asks: list[str]) -> str:
    waiting = f" (now: {', '.join(asks)})" if asks else ""
    found = change.found
    return f"{change.task}: {found.what}, and {found.why}{waiting}. {found.remedy}"


def _deprecated(change: Change, asks: list[str]) -> str:
    said = f"{change.task}: {change.found.what}; it was deprecated."
    return said + (f" It may still be asked for: {', '.join(asks)}." if asks else "")


def _with_releases(sentences: Mapping[str, list[str]]) -> Iterator[str]:
    """Say whose tasks they are, once for several releases."""
    for sentence, releases in sentences.items():
        yield f"{sentence} (Release {'; '.join(releases)}.)"
