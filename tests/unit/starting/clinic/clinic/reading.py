from os import environ


def required(name):
    return environ[name]
