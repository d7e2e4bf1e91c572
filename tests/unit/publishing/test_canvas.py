"""However often a worker publishes what follows a task, it publishes the same tasks."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from celery import Celery, chain, chord, group, signature

from celeriac import runtime

QUEUE = "tasks"
Build = Callable[[Any], Any]


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> Iterator[Celery]:
    direct = runtime.Publishing(via="direct", queues=(QUEUE,), writers=None, message_limit=10**6)
    monkeypatch.setattr(runtime, "_publishing", direct)
    app = Celery("shop", broker="memory://", backend="cache+memory://", set_as_current=False)
    app.amqp_cls, app.task_cls = runtime.AMQP_CLASS, runtime.TASK_CLASS
    app.conf.task_default_queue = QUEUE
    app.task(name="step")(step)
    app.finalize()
    yield app
    app.close()


def step(*_: Any) -> None: ...


def take(app: Celery) -> list[Any]:
    """Take the messages that wait, as what a worker reads of each: headers and the rest."""
    messages = []
    with app.connection_for_read() as connection:
        queue = app.amqp.queues[QUEUE].bind(connection.default_channel)
        queue.declare()
        while message := queue.get(no_ack=True):
            messages.append((message.headers, json.loads(message.body)[2]))
    return messages


def ids(part: Any) -> Iterator[str]:
    """Every task's id in messages, however deep; not those of groups."""
    if isinstance(part, dict):
        if part.get("subtask_type") in ("group", "chord"):
            part = part["kwargs"]
        for name, value in part.items():
            if name in ("id", "task_id") and isinstance(value, str):
                yield value
            else:
                yield from ids(value)
    elif isinstance(part, list | tuple):
        for one in part:
            yield from ids(one)


CANVASES: dict[str, Build] = {
    "a task": lambda s: s(1),
    "a task with links": lambda s: s(1).on_error(s("e")).set(link=[s(2), s(3)]),
    "a link's link": lambda s: s(1).set(link=s(2).set(link=s(3).on_error(s("e")))),
    "a group": lambda s: group(s(1), s(2)),
    "a chain": lambda s: chain(s(1), s(2), s(3)),
    "a chain that ends in a group": lambda s: chain(s(1), group(s(2), s(3))),
    "a chord": lambda s: chord([s(1), s(2)], s(3)),
    "a chord of a group": lambda s: chord(group(s(1), s(2)), chain(s(3), s(4))),
    "a group in a chain": lambda s: chain(s(1), group(s(2), s(3)), s(4), s(5)),
    "a chord with links": lambda s: chord(
        [s(1).set(link=s("l")), s(2)], s(3).set(link=s("l")).on_error(s("e"))
    ),
    "chords in a chord": lambda s: chord([chord([s(1), s(2)], s(3)), s(4)], group(s(5), s(6))),
}


@pytest.mark.parametrize("canvas", CANVASES)
@pytest.mark.parametrize("place", ["link", "link_error"])
def test_what_follows_is_the_same_each_time(canvas: str, place: str, app: Celery) -> None:
    step = app.tasks["step"]
    step.apply_async(**{place: CANVASES[canvas](step.s)})
    ((_, later),) = take(app)
    (follows,) = later["callbacks" if place == "link" else "errbacks"]
    published = []
    for _ in range(2):
        signature(follows, app=app).apply_async((0,), parent_id="parent", root_id="root")
        published.append(sorted(ids(take(app))))
    assert published[0] == published[1] != []


@pytest.mark.parametrize("canvas", CANVASES)
def test_the_rest_of_a_chain_is_the_same_each_time(canvas: str, app: Celery) -> None:
    step = app.tasks["step"]
    chain(step.s(0), CANVASES[canvas](step.s), step.s(9)).apply_async()
    ((_, later),) = take(app)
    *rest, follows = later["chain"]
    published = []
    for _ in range(2):
        signature(follows, app=app).apply_async((0,), chain=rest, parent_id="p", root_id="r")
        published.append(sorted(ids(take(app))))
    assert published[0] == published[1] != []


def test_each_member_of_a_chord_names_the_same_body(app: Celery) -> None:
    step = app.tasks["step"]
    body = chain(step.s(3), step.s(4)).set(link=step.s("l"))
    chord([step.s(n) for n in range(3)], body.on_error(step.s("e"))).apply_async()
    bodies = [later["chord"] for _, later in take(app)]
    assert len(bodies) == 3
    assert all(sorted(ids(one)) == sorted(ids(bodies[0])) for one in bodies)


def test_a_signature_that_is_used_again_makes_other_tasks(app: Celery) -> None:
    step = app.tasks["step"]
    link = group(step.s(1), step.s(2))
    for _ in range(2):
        step.apply_async(link=link)
    first, second = (set(ids(later)) for _, later in take(app))
    assert not first & second
    assert not list(ids(dict(link)))


def test_an_id_that_was_given_stays(app: Celery) -> None:
    step = app.tasks["step"]
    step.apply_async(link=step.s(1).set(task_id="given"))
    ((_, later),) = take(app)
    assert later["callbacks"][0]["options"]["task_id"] == "given"
