"""What ``/metrics`` shows. No label ever holds text or ids of comments."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_LATENCY_BUCKETS_S = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)


class Metrics:
    """Counters of one app; each app has its own registry, so tests do not share them."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "mizan_requests_total",
            "Requests by route and status",
            ("route", "method", "status"),
            registry=self.registry,
        )
        self.seconds = Histogram(
            "mizan_request_seconds",
            "Time from the first byte in to the last byte out",
            ("route",),
            buckets=_LATENCY_BUCKETS_S,
            registry=self.registry,
        )
        self.decisions = Counter(
            "mizan_decisions_total",
            "New decisions by action",
            ("action",),
            registry=self.registry,
        )
        self.not_scored = Counter(
            "mizan_not_scored_total",
            "Comments that could not be scored and went to review",
            registry=self.registry,
        )
        self.in_flight = Gauge(
            "mizan_requests_in_flight", "Requests being answered", registry=self.registry
        )
