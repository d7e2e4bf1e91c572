from django.contrib import admin

from project.runs.models import Run


@admin.register(Run)
class RunAdmin(admin.ModelAdmin):
    """To look at only: a run is made by starting a task."""

    list_display = ("name", "id", "started_at")
    list_filter = ("name",)
    search_fields = ("id",)

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False
