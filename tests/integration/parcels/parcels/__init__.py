from parcels.application import app as celery_app

__all__ = ["celery_app"]
