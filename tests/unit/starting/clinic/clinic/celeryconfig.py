from celery.schedules import crontab
from kombu import Queue

broker_url = "amqp://guest@localhost//"
task_queues = [Queue("letters"), Queue("results", queue_arguments={"x-max-priority": 5})]
task_routes = {
    "visits.reminders.Remind": {"queue": "letters"},
    "visits.results.*": "results",
}
beat_schedule = {
    "remind-daily": {"task": "visits.reminders.Remind", "schedule": crontab(hour=7)},
    "tidy": {"task": "visits.tidy", "schedule": 3600},
}
