from clinic.celery import app


@app.task(bind=True)
def fetch(self, sample): ...


@app.task(name="visits.results.send")
def deliver(sample): ...
