"""What the page of a run shows, put together from the results that the workers stored."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from celery import states
from django.conf import settings
from django.utils import timezone
from django_celery_results.models import TaskResult

from project.runs.models import Run

PROGRESS = "PROGRESS"
EXPIRED = "EXPIRED"
EXPLANATIONS = {
    EXPIRED: "Its result is no longer kept.",
    states.PENDING: "Waiting for a worker.",
    states.STARTED: "A worker is busy with it.",
    PROGRESS: "A worker is busy with it.",
    states.RETRY: "It failed and will be tried again shortly.",
    states.SUCCESS: "Done.",
    states.FAILURE: "It failed.",
    states.REVOKED: "It was cancelled before it ran.",
}
FINAL = states.READY_STATES | {EXPIRED}


def describe(run: Run) -> dict[str, Any]:
    """Return the state of a run as the page and its JSON show it; times in seconds."""
    return describe_all([run])[0]


def describe_all(runs: Iterable[Run]) -> list[dict[str, Any]]:
    """Return the state of each run, with one query for all their results."""
    runs = list(runs)
    ids = [str(run.id) for run in runs] + [step["id"] for run in runs for step in run.steps]
    results = {result.task_id: result for result in TaskResult.objects.filter(task_id__in=ids)}
    return [_describe(run, results) for run in runs]


def _describe(run: Run, results: Mapping[str, TaskResult]) -> dict[str, Any]:
    own = results.get(str(run.id))
    steps = [results.get(step["id"]) for step in run.steps]
    # A step that failed decides, because the last task then never runs.
    decisive = next((step for step in steps if _failed(step)), own)
    state = decisive.status if decisive else _state_without_result(run, any(steps))
    done = state in FINAL
    ended = decisive.date_done if done and decisive else None
    return {
        "id": str(run.id),
        "name": run.name,
        "state": state,
        "explanation": EXPLANATIONS.get(state, ""),
        "done": done,
        "progress": _stored(decisive) if state == PROGRESS else None,
        "result": _text(_stored(decisive)) if state == states.SUCCESS else "",
        "error": _error(decisive) if state in {states.FAILURE, states.RETRY} else "",
        "elapsed": _seconds(run, ended, done),
        "publisher": run.publisher,
        "worker": _host(decisive) or _host(own),
        "steps": [
            {"name": step["name"], "state": result.status if result else states.PENDING}
            for step, result in zip(run.steps, steps, strict=True)
        ],
    }


def _state_without_result(run: Run, any_step_began: bool) -> str:
    if any_step_began:
        return states.STARTED
    kept_for = timedelta(seconds=settings.CELERY_RESULT_EXPIRES)
    return EXPIRED if timezone.now() - run.started_at > kept_for else states.PENDING


def _failed(result: TaskResult | None) -> bool:
    return result is not None and result.status in states.PROPAGATE_STATES


def _stored(result: TaskResult) -> Any:
    return json.loads(result.result) if result.result else None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)


def _error(result: TaskResult) -> str:
    """Return the error's kind and message, which may be shown; never the traceback."""
    stored = _stored(result)
    if not isinstance(stored, dict):
        return str(stored)
    message = stored.get("exc_message", "")
    if isinstance(message, list):
        message = " ".join(str(part) for part in message)
    return f"{stored.get('exc_type', 'Error')}: {message}"


def _seconds(run: Run, ended: datetime | None, done: bool) -> float | None:
    if done and ended is None:
        return None
    return round(((ended or timezone.now()) - run.started_at).total_seconds(), 1)


def _host(result: TaskResult | None) -> str:
    """Return the host from a worker's node name, `pool-slot@host`."""
    return (result.worker or "").rpartition("@")[2] if result else ""
