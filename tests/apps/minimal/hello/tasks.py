import socket

from hello.celery import app


@app.task
def say_hello() -> str:
    return f"Hello from {socket.gethostname()}"
