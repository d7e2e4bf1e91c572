"""What a test changes in this process, put back after it: others run in it too."""

from __future__ import annotations

import os

import kombu.transport
import pytest
from django.core.checks.registry import registry
from kombu.transport import memory
from kombu.transport.virtual.base import BrokerState

from celeriac import runtime


@pytest.fixture(autouse=True)
def process_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("CELERIAC_")]:
        monkeypatch.delenv(name)
    monkeypatch.setattr(runtime, "_publishing", runtime._publishing)
    monkeypatch.setattr(registry, "registered_checks", set(registry.registered_checks))
    monkeypatch.setattr(kombu.transport, "_transport_cache", {})
    # Its exchanges and queues belong to all connections of a process.
    monkeypatch.setattr(memory.Transport, "global_state", BrokerState())
