"""Periodic tasks from beat on several hosts: one leads, and each tick is a row of the database."""
