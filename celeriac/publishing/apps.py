from django.apps import AppConfig


class PublishingConfig(AppConfig):  # type: ignore[misc]
    name = "celeriac.publishing"
    label = "celeriac_publishing"
    verbose_name = "Celeriac: outbox"
    default_auto_field = "django.db.models.BigAutoField"
