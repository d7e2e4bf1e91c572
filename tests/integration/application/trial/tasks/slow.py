import os

from celery import shared_task

from trial import board


@shared_task
def hold(key: str) -> str:
    """Say which process runs it, then wait until the test lets it go."""
    board.write(f"{key}:started", os.getpid())
    board.wait(f"{key}:go")
    return "let go"
