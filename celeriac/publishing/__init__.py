"""Tasks are accepted by the database, and reach the broker from there.

A Django app of the application: a task is a row of its transaction (the outbox), and the relay
sends it. What is published here runs on hosts, in the application's own environment.
"""
