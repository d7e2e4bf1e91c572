"""The admin's pages for what beat did, and an inline for what it does with missed due times.

An application adds the inline to its own pages for the schedule:

    class ScheduledTaskAdmin(PeriodicTaskAdmin):
        inlines = [EntryPolicyInline]
"""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from celeriac.scheduling.models import EntryPolicy, Tick


class EntryPolicyInline(admin.StackedInline):  # type: ignore[misc]
    model = EntryPolicy
    can_delete = False
    verbose_name_plural = "After an outage"


@admin.register(Tick)
class TickAdmin(admin.ModelAdmin):  # type: ignore[misc]
    """To be read: beat writes ticks, and removes old ones."""

    list_display = ("entry_name", "due", "outcome", "reason", "written_at", "task_id")
    list_filter = ("outcome",)
    search_fields = ("entry_name", "task_id")
    date_hierarchy = "due"
    ordering = ("-due",)
    # Counting a large table at each look would take longer than the look.
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
