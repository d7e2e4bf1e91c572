"""The schedule in the admin: django-celery-beat's pages with these differences.

- Nobody chooses a queue, an exchange or a priority here: the description routes every task.
- An entry says what happens to the due times that an outage of beat made it miss.
- Whoever presses "Run now" can follow the task.
"""

import json

from django.contrib import admin, messages
from django.shortcuts import redirect
from django.utils.html import format_html
from django_celery_beat.admin import PeriodicTaskAdmin
from django_celery_beat.models import PeriodicTask

from celeriac.scheduling.admin import EntryPolicyInline
from project.runs.models import Run
from project.runs.owner import owner_of, remember
from project.schedule.forms import ScheduledTaskForm

ROUTING = ("queue", "exchange", "routing_key", "priority", "headers")

admin.site.unregister(PeriodicTask)


def _without_routing(fieldsets):
    return tuple(
        (title, options | {"fields": [name for name in options["fields"] if name not in ROUTING]})
        for title, options in fieldsets
    )


@admin.register(PeriodicTask)
class ScheduledTaskAdmin(PeriodicTaskAdmin):
    form = ScheduledTaskForm
    exclude = ROUTING
    fieldsets = _without_routing(PeriodicTaskAdmin.fieldsets)
    list_display = ("name", "enabled", "scheduler", "last_run_at", "total_run_count")
    actions = ("disable_tasks", "enable_tasks", "run_tasks")
    inlines = (EntryPolicyInline,)

    @admin.action(description="Pause selected tasks")
    def disable_tasks(self, request, queryset):
        return super().disable_tasks(request, queryset)

    @admin.action(description="Resume selected tasks")
    def enable_tasks(self, request, queryset):
        return super().enable_tasks(request, queryset)

    @admin.action(description="Run selected tasks now")
    def run_tasks(self, request, queryset):
        self.celery_app.loader.import_default_modules()
        owner = owner_of(request)
        for entry in queryset:
            self._run(request, owner, entry)
        return remember(redirect(request.get_full_path()), owner)

    def _run(self, request, owner: str, entry: PeriodicTask) -> None:
        task = self.celery_app.tasks.get(entry.task)
        if task is None:
            text = f"{entry.name}: there is no task {entry.task} in this release."
            self.message_user(request, text, messages.ERROR)
            return
        try:
            signature = task.signature(
                args=json.loads(entry.args),
                kwargs=json.loads(entry.kwargs),
                headers={"periodic_task_name": entry.name},
            )
            run = Run.start(owner, entry.name[:100], signature)
        # Arguments that do not fit; no JSON; a message that the outbox refuses.
        except (TypeError, ValueError) as error:
            self.message_user(request, f"{entry.name}: not started: {error}", messages.ERROR)
            return
        link = format_html('{}: started. <a href="/tasks/{}/">Follow it</a>.', entry.name, run.pk)
        self.message_user(request, link)
