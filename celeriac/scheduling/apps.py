from django.apps import AppConfig


class SchedulingConfig(AppConfig):  # type: ignore[misc]
    name = "celeriac.scheduling"
    label = "celeriac_scheduling"
    verbose_name = "Celeriac: schedule"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from celeriac.scheduling import checks  # noqa: F401 (registers them)
