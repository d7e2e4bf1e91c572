"""Results in Django's database whose chords count each member once.

django-celery-results counts down in one transaction and publishes the chord's body after it, so
a member that is delivered again counts twice, and a body that could not be published is lost.
Here the member, the count and the body's row in the outbox are one transaction.
"""

import sys
from typing import Any

from celery import Celery
from django.db import Error, router, transaction

from celeriac.worker.given_back import GivenBack, is_transient

NAME = "django-db"


def install(app: Celery) -> None:
    """Use this backend in a worker whose application keeps its results in Django's database.

    Chords of other backends count as those do: Redis, too, keeps a member's result only once.
    """
    if app.conf.result_backend == NAME:
        app.backend_cls = _backend_class()
        app._backend_cache = None
        app._local.__dict__.pop("backend", None)


def _backend_class() -> type:
    # The application's own package: an application without it has no such backend.
    from django_celery_results.backends import DatabaseBackend
    from django_celery_results.models import ChordCounter

    from celeriac.inbox import entries

    class CountingOnce(DatabaseBackend):  # type: ignore[misc]
        """Celery's worker asks it after each member of a chord."""

        def on_chord_part_return(
            self, request: Any, state: str, result: Any, **kwargs: Any
        ) -> None:
            if not request.group or not request.id:
                return
            alias = router.db_for_write(ChordCounter)
            try:
                with transaction.atomic(using=alias):
                    if entries.count_part(alias, request.group, request.id):
                        self._await_members_that_run_again(alias, request.group)
                        super().on_chord_part_return(request, state, result, **kwargs)
            except Error as error:
                raise GivenBack.because(error) from error

        def _await_members_that_run_again(self, alias: str, group_id: str) -> None:
            """Give the last member back while one that was counted is delivered again.

            Its state is STARTED then, and django-celery-results would forget the chord unless all
            have ended.
            """
            chord = ChordCounter.objects.using(alias).select_for_update()
            last = chord.filter(group_id=group_id, count=1).first()
            if last and not last.group_result(app=self.app).ready():
                raise GivenBack("another member of its chord runs again just now", True)

        def chord_error_from_stack(self, callback: Any, exc: BaseException | None = None) -> Any:
            """Not for a body that could not be published just now: its last member tries again."""
            cause = sys.exc_info()[1]
            if cause and is_transient(cause) and _was_publishing(cause):
                raise GivenBack.because(cause) from cause
            return super().chord_error_from_stack(callback, exc)

    return CountingOnce


def _was_publishing(error: BaseException) -> bool:
    """Whether the error came out of a publish, and not out of a member's result."""
    step = error.__traceback__
    while step is not None:
        if step.tb_frame.f_code is Celery.send_task.__code__:
            return True
        step = step.tb_next
    return False
