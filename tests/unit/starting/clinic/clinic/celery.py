from celery import Celery

app = Celery("clinic", include=["visits.reminders", "visits.results"])
app.config_from_object("clinic.celeryconfig")
