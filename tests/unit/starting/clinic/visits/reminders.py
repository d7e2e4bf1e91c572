from celery import Task
from clinic.celery import app


class Base(Task):
    abstract = True


class Remind(Base):
    def run(self, visit): ...


class Cancel(Base):
    name = "cancel-visit"

    def run(self, visit): ...


class Forgotten(Base):
    """Nobody registers it, so Celery does not know it."""

    def run(self): ...


app.register_task(Remind())
cancel = app.register_task(Cancel)
