"""Tasks of the tests' application. Only those that a test runs do anything."""

from celery import shared_task


@shared_task
def send(*arguments, **keywords): ...


@shared_task
def report(*arguments, **keywords): ...


@shared_task
def double(number):
    return 2 * number


@shared_task(bind=True)
def act(self, action=None):
    """Do what the test has in mind."""
    return action(self)
