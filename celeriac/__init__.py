"""Celeriac deploys Django and Celery applications over several machines and keeps them running."""
