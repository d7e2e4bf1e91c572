from celery import shared_task

BULK = "bulk"


@shared_task(time_limit=10 * 60)
def poll(number): ...


@shared_task(name="label", queue=BULK)
def print_label(number):
    poll.apply_async((number,), queue="urgent")
