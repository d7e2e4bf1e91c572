from celery import signals
from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "ledger"

    def ready(self) -> None:
        from ledger import planted
        from ledger.book import enter_execution

        signals.task_prerun.connect(enter_execution)
        planted.plant()
