"""What the broker lets the reference application's users do, tried with pika."""

from collections.abc import Callable

import pika
import pytest
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import ChannelClosedByBroker, ProbableAuthenticationError

from tests.integration.applications import Application

ACCESS_REFUSED = 403
LATER = "0." * 27 + "1."
DELAYED = "celery_delayed_27"

Action = Callable[[BlockingChannel], object]


def publish(key: str, exchange: str = "tasks") -> Action:
    """Publish confirmed and mandatory, as the application's settings say."""
    return lambda channel: channel.basic_publish(exchange, key, b"", mandatory=True)


def read(queue: str) -> Action:
    return lambda channel: channel.basic_get(queue)


def declare(queue: str) -> Action:
    return lambda channel: channel.queue_declare(queue, durable=True)


ALLOWED = [
    ("web", publish("mail")),
    ("web", publish("reports")),
    ("web", publish(LATER + "flash-sale", DELAYED)),
    ("beat", publish("flash-sale")),
    ("pool-mail", publish("mail")),
    ("pool-mail", publish(LATER + "mail", DELAYED)),
    ("pool-mail", read("mail")),
    ("pool-reports", read("reports")),
]
REFUSED = [
    # Keys and exchanges that are not the user's.
    ("web", publish("dead-letters")),
    ("web", publish("mail.more")),
    ("web", publish("", "dead-letters")),
    ("web", publish("mail", "")),
    ("web", publish("mail", "celery_delayed_delivery")),
    ("web", publish(LATER + "elsewhere", DELAYED)),
    ("pool-mail", publish("reports")),
    ("pool-mail", publish(LATER + "reports", DELAYED)),
    ("pool-mail", publish("0." * 26 + "1.mail", DELAYED)),
    # Queues that are another pool's; publishers read nothing.
    ("pool-mail", read("reports")),
    ("pool-mail", read("dead-letters")),
    ("web", read("mail")),
    ("beat", read("mail")),
    # Everything is declared by the deploy.
    ("pool-mail", declare("another")),
    ("web", declare("celery")),
]


@pytest.mark.parametrize(("process", "action"), ALLOWED)
def test_allowed(shop: Application, process: str, action: Action) -> None:
    with shop.broker.channel(shop.vhost, shop.user(process)) as channel:
        action(channel)


@pytest.mark.parametrize(("process", "action"), REFUSED)
def test_refused(shop: Application, process: str, action: Action) -> None:
    with (
        shop.broker.channel(shop.vhost, shop.user(process)) as channel,
        pytest.raises(ChannelClosedByBroker) as refusal,
    ):
        action(channel)
    assert refusal.value.reply_code == ACCESS_REFUSED


def test_a_wrong_password_is_refused(shop: Application) -> None:
    credentials = pika.PlainCredentials(shop.user("web"), shop.user("beat"))
    parameters = pika.ConnectionParameters(
        shop.broker.host, shop.broker.port, shop.vhost, credentials
    )
    with pytest.raises(ProbableAuthenticationError):
        pika.BlockingConnection(parameters)


def test_another_applications_virtual_host_is_refused(
    shop: Application, trial: Application
) -> None:
    with (
        pytest.raises(pika.exceptions.ProbableAccessDeniedError),
        shop.broker.channel(trial.vhost, shop.user("web")),
    ):
        pass
