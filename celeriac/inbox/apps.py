from django.apps import AppConfig


class InboxConfig(AppConfig):  # type: ignore[misc]
    name = "celeriac.inbox"
    label = "celeriac_inbox"
    verbose_name = "Celeriac: inbox"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from celeriac.inbox import checks  # noqa: F401 (registers them)
