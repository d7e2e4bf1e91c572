"""What a publisher, and a task that publishes, may have to catch."""


class Refused(ValueError):
    """The call asks for what the outbox cannot promise. Nothing was written; correct the call."""


class NotAccepted(Exception):
    """A task's own retry or replacement could not be kept: the database or the broker is away.

    The task did not end. The worker gives it back to its queue, and it runs again.
    """
