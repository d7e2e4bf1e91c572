"""The reports that the page offers: each a form and the task, chain or chord it starts."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from celery import chain, chord, uuid
from celery.canvas import Signature
from django import forms

from celery_tasks import reports as tasks
from project.reports.forms import DaysForm, FailuresForm, ForecastForm, NothingForm

REGIONS = ["North", "East", "South", "West"]


@dataclass
class Work:
    """A task to publish; in a chain or chord also the task whose result counts, and its steps."""

    task: Signature
    last: Signature | None = None
    steps: list[dict[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Kind:
    title: str
    text: str
    form: type[forms.Form]
    build: Callable[[dict[str, Any]], Work]


def _step(name: str, task: Signature) -> tuple[Signature, dict[str, str]]:
    """Fix the task's id now, so that its state can be shown from the beginning."""
    task_id = uuid()
    return task.set(task_id=task_id), {"id": task_id, "name": name}


def _chain(values: dict[str, Any]) -> Work:
    drawn, first = _step("Draw the sales", tasks.draw_sales.s(values["days"]))
    summed, second = _step("Add up the weeks", tasks.sum_weeks.s())
    last = tasks.name_best_week.s()
    return Work(chain(drawn, summed, last), last, [first, second])


def _chord(values: dict[str, Any]) -> Work:
    parts = [_step(region, tasks.region_total.s(region, values["days"])) for region in REGIONS]
    last = tasks.add_regions.s()
    return Work(chord([task for task, _ in parts], last), last, [step for _, step in parts])


KINDS = {
    "forecast": Kind(
        "Demand forecast",
        "Keeps one processor busy and reports how far it is.",
        ForecastForm,
        lambda values: Work(tasks.forecast_demand.s(values["rounds"])),
    ),
    "chain": Kind(
        "Best week",
        "A chain: three tasks, each with the result of the one before.",
        DaysForm,
        _chain,
    ),
    "chord": Kind(
        "Sales by region",
        "A chord: four tasks side by side, then one that puts their results together.",
        DaysForm,
        _chord,
    ),
    "retry": Kind(
        "Supplier's figures",
        "Fails a few times and tries again, after waits that grow and vary at random.",
        FailuresForm,
        lambda values: Work(tasks.fetch_supplier_figures.s(values["failures"])),
    ),
    "soft-limit": Kind(
        "Too long, and polite",
        "Works until the soft time limit, then hands in what it has.",
        NothingForm,
        lambda _: Work(tasks.stop_at_soft_limit.s()),
    ),
    "hard-limit": Kind(
        "Too long, and stubborn",
        "Ignores the soft time limit until the hard one ends it.",
        NothingForm,
        lambda _: Work(tasks.die_at_hard_limit.s()),
    ),
    "failure": Kind(
        "Missing figures",
        "Fails, and says why.",
        NothingForm,
        lambda _: Work(tasks.fail.s()),
    ),
}
