"""`GET /metrics` for Prometheus: figures of this process, read when somebody asks. No tenant, no caller, no document.

Nothing is counted here: whatever counts does so with plain numbers where it happens, which costs an operation nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from prometheus_client import CollectorRegistry, GCCollector, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response

from server.http.gateway import Figure
from server.http.live import Live


class Metrics(Collector):
    """The metrics of one application."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._registry = CollectorRegistry()
        self._registry.register(self)
        ProcessCollector(registry=self._registry)
        GCCollector(registry=self._registry)

    async def show(self, request: Request) -> Response:
        return Response(generate_latest(self._registry), media_type=CONTENT_TYPE_LATEST)

    def collect(self) -> Iterator[Metric]:
        families: dict[str, Any] = {}
        for figure in self._figures():
            family = families.get(figure.name)
            if family is None:
                kind = CounterMetricFamily if figure.is_counter else GaugeMetricFamily
                family = families[figure.name] = kind(
                    f"shuke_{figure.name}", figure.meaning, labels=list(figure.labels)
                )
            family.add_metric(list(figure.labels.values()), figure.value)
        yield from families.values()

    def _figures(self) -> Iterator[Figure]:
        for status, count in sorted(self._live.answers.items()):
            yield Figure("answers", "Answers of /graphql over HTTP.", count, {"status": str(status)}, is_counter=True)
        tracker = self._live.tracker
        yield Figure("operations_running", "Operations in progress.", tracker.operations)
        yield Figure("streams_open", "WebSockets and event streams that are open.", tracker.connections)
        if self._live.opened is not None:
            yield from self._live.opened.figures()
