"""The settings that an integrated application gets, and what it is told when it gets none."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from celery import Celery
from celery.app.task import Task as CeleryTask
from celery.exceptions import ImproperlyConfigured

from celeriac import runtime
from celeriac.publishing.task import Task
from tests.descriptions import HOSTED, write

DOCUMENT = {
    "celery": {
        "common": {
            "task_acks_late": True,
            "broker_transport_options": {"confirm_publish": True},
            "task_queues": [
                {
                    "name": "mail",
                    "exchange": "tasks",
                    "exchange_type": "topic",
                    "routing_key": "mail",
                    "queue_arguments": {"x-queue-type": "quorum"},
                }
            ],
        },
        "processes": {
            "web": {"broker_transport_options": {"confirm_publish": True, "read_timeout": 4}},
            "pool-mail": {},
        },
    },
    "publishing": {
        "processes": {"web": "outbox", "pool-mail": "direct"},
        "queues": ["mail"],
        "writers": {"shop": ["mail"], "shop-web": []},
        "message_limit": 1000,
    },
}


@pytest.fixture
def document(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "celeriac.json"
    path.write_text(json.dumps(DOCUMENT))
    monkeypatch.setenv("CELERIAC_RUNTIME", str(path))
    monkeypatch.delenv("CELERIAC_PROCESS", raising=False)
    return path


def configured(**own: object) -> Celery:
    """An application with settings of its own, in Django's way."""
    app = Celery("shop", set_as_current=False)
    app.config_from_object(SimpleNamespace(**own), namespace="CELERY")
    runtime.configure(app)
    return app


@pytest.mark.usefixtures("document")
@pytest.mark.parametrize(
    ("process", "options"),
    [
        (None, {"confirm_publish": True, "read_timeout": 4}),
        ("web", {"confirm_publish": True, "read_timeout": 4}),
        ("pool-mail", {"confirm_publish": True}),
    ],
)
def test_a_process_gets_its_own_settings(
    monkeypatch: pytest.MonkeyPatch, process: str | None, options: dict[str, object]
) -> None:
    if process:
        monkeypatch.setenv("CELERIAC_PROCESS", process)
    assert configured().conf.broker_transport_options == options


@pytest.mark.usefixtures("document")
def test_derived_settings_win_and_others_stay() -> None:
    conf = configured(CELERY_TASK_ACKS_LATE=False, CELERY_RESULT_EXPIRES=60).conf
    assert conf.task_acks_late is True
    assert conf.result_expires == 60


@pytest.mark.usefixtures("document")
def test_queues_are_not_declared_by_the_application() -> None:
    (queue,) = configured().conf.task_queues
    assert (queue.name, queue.routing_key, queue.no_declare) == ("mail", "mail", True)
    assert (queue.exchange.name, queue.exchange.type) == ("tasks", "topic")
    assert queue.exchange.no_declare is True
    assert queue.queue_arguments == {"x-queue-type": "quorum"}


def test_development_derives_from_the_nearest_description(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {})
    folder = tmp_path / "project" / "deep"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    monkeypatch.delenv("CELERIAC_RUNTIME", raising=False)
    conf = configured().conf
    assert conf.task_acks_late is True
    # Nobody has deployed here: Celery declares what it uses.
    assert not any(queue.no_declare for queue in conf.task_queues)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read: No such file or directory. Each release holds it; deploy again"),
        ("{", "not a JSON document"),
    ],
)
def test_a_broken_document_is_named(document: Path, content: str | None, message: str) -> None:
    document.unlink()
    if content:
        document.write_text(content)
    with pytest.raises(ImproperlyConfigured, match=message) as refusal:
        configured()
    assert str(document) in str(refusal.value)


@pytest.mark.usefixtures("document")
def test_an_unknown_process_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CELERIAC_PROCESS", "pool-mial")
    with pytest.raises(ImproperlyConfigured, match=r"pool-mial.* It describes: pool-mail, web\."):
        configured()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (None, "there is no celeriac.yml in .* or above"),
        ({"pols": {}}, "pols"),
        (HOSTED, "a hosted application keeps its own settings"),
    ],
)
def test_development_without_a_usable_description(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    changes: dict[str, object] | None,
    message: str,
) -> None:
    if changes is not None:
        write(tmp_path, changes)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CELERIAC_RUNTIME", raising=False)
    with pytest.raises(ImproperlyConfigured, match=message):
        configured()


@pytest.mark.usefixtures("document")
@pytest.mark.parametrize(("process", "via"), [("web", "outbox"), ("pool-mail", "direct")])
def test_a_process_knows_how_it_publishes(
    monkeypatch: pytest.MonkeyPatch, process: str, via: str
) -> None:
    monkeypatch.setenv("CELERIAC_PROCESS", process)
    configured()
    writers = {"shop": ["mail"], "shop-web": []}
    assert runtime.publishing() == runtime.Publishing(via, ("mail",), writers, 1000)


def test_nobody_publishes_before_it_is_known_how(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "_publishing", None)
    with pytest.raises(ImproperlyConfigured, match=r"runtime\.configure\(app\) was not called"):
        runtime.publishing()


@pytest.mark.usefixtures("document")
@pytest.mark.parametrize(
    ("process", "own", "url"),
    [
        ("web", {}, "amqp://no-broker.invalid//"),
        ("web", {"CELERY_BROKER_URL": "amqp://rabbit"}, "amqp://rabbit"),
        ("pool-mail", {}, None),
    ],
)
def test_a_process_with_an_outbox_needs_no_broker(
    monkeypatch: pytest.MonkeyPatch, process: str, own: dict[str, str], url: str | None
) -> None:
    monkeypatch.setenv("CELERIAC_PROCESS", process)
    assert configured(**own).conf.broker_url == url


def test_in_development_every_key_may_be_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {})
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CELERIAC_RUNTIME", raising=False)
    configured()
    assert runtime.publishing().via == "outbox"
    assert runtime.publishing().writers is None


class Own(Task):
    """An application's task class that keeps the promises."""


@pytest.mark.usefixtures("document")
@pytest.mark.parametrize("task_class", [Own, f"{__name__}:Own"])
def test_an_application_may_have_a_task_class_of_its_own(task_class: type | str) -> None:
    app = Celery("shop", set_as_current=False, task_cls=task_class)
    runtime.configure(app)
    assert issubclass(app.Task, Own)


@pytest.mark.usefixtures("document")
def test_a_task_class_that_is_not_ours_is_refused() -> None:
    app = Celery("shop", set_as_current=False, task_cls=Foreign)
    with pytest.raises(
        ImproperlyConfigured,
        match=r"test_runtime\.Foreign: the application's task class is not derived from "
        r"celeriac\.publishing\.task\.Task.* Derive it",
    ):
        runtime.configure(app)


class Foreign(CeleryTask): ...
