"""The client and the simulator as a whole: import, paging, the simulator's own speed."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from .measuring import case, cpu_s, options


@contextmanager
def _slow_platform() -> Iterator[Any]:
    """A simulator with a finished day, warm, whose details query takes 300 ms more."""
    import gcanalytics as gca
    from gcanalytics.simulator import Simulator

    with Simulator(days=3, settings={"rate_per_minute": 1_000_000, "records_shift": False}) as simulator:
        connection: dict[str, Any] = {
            "region": simulator.api,
            "client_id": simulator.client_id,
            "client_secret": simulator.client_secret,
        }
        with gca.connect(**connection) as gc:
            gc.conversation_details("yesterday")
        rule = {
            "match": {"method": "POST", "path_regex": "details/query"},
            "times": 10_000,
            "action": "delay",
            "delay_s": 0.3,
        }
        simulator.faults([rule])
        yield connection


@case
def paging_ours() -> float:
    """Wall milliseconds a page of 100, first page and last empty one included."""
    import gcanalytics as gca

    with _slow_platform() as connection, gca.connect(**connection) as gc:
        gc.queues()
        start = time.perf_counter()
        details = gc.conversation_details("yesterday")
        return (time.perf_counter() - start) / (len(details.conversations) / 100) * 1e3


@case
def paging_sdk() -> float:
    """The official SDK page by page, over ten pages."""
    warnings.simplefilter("ignore")
    import PureCloudPlatformClientV2 as sdk  # noqa: N813 - its name is a version

    with _slow_platform() as connection:
        client = sdk.ApiClient(host=connection["region"])
        sdk.configuration.host = connection["region"]
        client.get_client_credentials_token(connection["client_id"], connection["client_secret"])
        analytics = sdk.ConversationsApi(client)
        start = time.perf_counter()
        for number in range(1, 11):
            body = {"interval": _yesterday(), "paging": {"pageSize": 100, "pageNumber": number}}
            analytics.post_analytics_conversations_details_query(body)
        return (time.perf_counter() - start) / 10 * 1e3


def _yesterday() -> str:
    day = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return f"{day - timedelta(days=1):%Y-%m-%dT%H:%M:%S.000Z}/{day:%Y-%m-%dT%H:%M:%S.000Z}"


def _import_s(module: str) -> float:
    """Wall seconds of a fresh interpreter's import, less the bare interpreter's."""

    def run(code: str) -> float:
        start = time.perf_counter()
        subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True, capture_output=True)
        return time.perf_counter() - start

    code = f"import {module}"
    run(code)
    return min(run(code) for _ in range(2)) - min(run("pass") for _ in range(2))


@case
def import_ours() -> float:
    """`import gcanalytics` alone: wall seconds."""
    return _import_s("gcanalytics")


@case
def import_connect() -> float:
    """With the public name that every notebook asks for first: wall seconds."""
    return _import_s("gcanalytics; gcanalytics.connect")


@case
def import_pandas() -> float:
    """pandas: wall seconds."""
    return _import_s("pandas")


@case
def import_sdk() -> float:
    """The official SDK: wall seconds."""
    return _import_s("PureCloudPlatformClientV2")


@case
def simulator_make() -> float:
    """Conversations a CPU second: made, formatted and written as JSON, on one thread, imports not counted."""
    from .workload import made_pages, new_timeline

    days = 1 if options.quick else 4
    timeline = new_timeline(days + 2)
    made: list[bytes] = []
    used_s = cpu_s(lambda: made.extend(made_pages(timeline, days)))
    return 100 * len(made) / used_s


@case
def simulator_repeat() -> float:
    """Median milliseconds of asking for the same unfiltered page of 100, over the wire."""
    import gcanalytics as gca
    from gcanalytics.simulator import Simulator

    with Simulator(days=3, settings={"rate_per_minute": 1_000_000}) as simulator:
        body = {"interval": _yesterday(), "paging": {"pageSize": 100, "pageNumber": 3}}
        seen = []
        with gca.connect(
            region=simulator.api, client_id=simulator.client_id, client_secret=simulator.client_secret
        ) as gc:
            for _ in range(30):
                start = time.perf_counter()
                gc.request("POST", "/api/v2/analytics/conversations/details/query", json=body)
                seen.append(time.perf_counter() - start)
        return statistics.median(seen[5:]) * 1e3
