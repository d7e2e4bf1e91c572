"""An application with an outbox, in the tests' own process: Django, tasks, two databases."""
