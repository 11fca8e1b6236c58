"""Pages of JSON to DataFrames and to CSV: ours, the official SDK with loops, json_normalize, a bare parse."""

from __future__ import annotations

import json
import sys
import tempfile
import warnings
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from .measuring import case, cpu_s, options, pages, wall_s

_MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024
Pages = Sequence[bytes]


def _share(of: int) -> Pages:
    """Every so many of the pages, for the slow ways."""
    return pages()[:: min(of, len(pages()))]


def _us_a_conversation(source: Pages, work: Callable[[], object]) -> float:
    """The best of three passes: the first one also pays for fresh memory, by the machine's mood."""
    return min(cpu_s(work) for _ in range(3)) / (100 * len(source)) * 1e6


_FIVE = ("conversations", "participants", "sessions", "segments", "metrics")


def _frames_ours(source: Pages) -> list[Any]:
    import gcanalytics as gca

    details = gca.ConversationDetails.from_pages(source)
    return [getattr(details, table) for table in _FIVE]


def _frames_normalize(source: Pages) -> list[Any]:
    import pandas as pd

    conversations = [found for page in source for found in json.loads(page)["conversations"]]
    sessions = ["participants", "sessions"]
    ids = ["conversationId", ["participants", "participantId"]]
    deep = [*ids, ["participants", "sessions", "sessionId"]]
    return [
        pd.json_normalize(conversations).drop(columns="participants"),
        pd.json_normalize(conversations, "participants", ["conversationId"]).drop(columns="sessions"),
        pd.json_normalize(conversations, sessions, ids),
        pd.json_normalize(conversations, [*sessions, "segments"], deep),
        pd.json_normalize(_with_lists(conversations), [*sessions, "metrics"], deep),
    ]


def _with_lists(conversations: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """json_normalize needs the key in every session; the platform leaves empty lists out."""
    for conversation in conversations:
        for participant in conversation["participants"]:
            for session in participant["sessions"]:
                session.setdefault("metrics", [])
    return conversations


def _frames_sdk(source: Pages) -> list[Any]:
    """The official SDK's models, then the loops that every script writes."""
    import pandas as pd
    import PureCloudPlatformClientV2 as sdk  # noqa: N813 - its name is a version

    class Raw:
        def __init__(self, text: str) -> None:
            self.data = text

        def getheader(self, _name: str) -> str:
            return "application/json"

    api = sdk.ApiClient()
    rows: dict[str, list[dict[str, Any]]] = {table: [] for table in _FIVE}

    def flat(model: Any) -> dict[str, Any]:
        return {model.attribute_map[name]: getattr(model, name) for name in model.swagger_types}

    for page in source:
        answer = api.deserialize(Raw(page.decode()), "AnalyticsConversationQueryResponse")
        for conversation in answer.conversations:
            rows["conversations"].append(flat(conversation))
            for participant in conversation.participants or ():
                rows["participants"].append(flat(participant))
                for session in participant.sessions or ():
                    rows["sessions"].append(flat(session))
                    rows["segments"] += [flat(segment) for segment in session.segments or ()]
                    rows["metrics"] += [flat(metric) for metric in session.metrics or ()]
    return [pd.DataFrame(found) for found in rows.values()]


@case
def tables_ours() -> float:
    """Ours, us a conversation."""
    _frames_ours(pages()[:1])
    return _us_a_conversation(pages(), lambda: _frames_ours(pages()))


@case
def tables_new_field() -> float:
    """Ours with a field in every session that the contract does not know."""
    new = [page.replace(b'"sessionId":', b'"sparkleLevel":7,"sessionId":') for page in pages()]
    _frames_ours(pages()[:1])
    return _us_a_conversation(new, lambda: _frames_ours(new))


@case
def tables_bare() -> float:
    """orjson.loads and nothing else, us a conversation."""
    import orjson

    def parse() -> None:
        for page in pages():
            orjson.loads(page)

    return _us_a_conversation(pages(), parse)


@case
def tables_normalize() -> float:
    """json.loads and five json_normalize, us a conversation, over a quarter of the pages."""
    source = _share(4)
    _frames_normalize(source[:1])
    return _us_a_conversation(source, lambda: _frames_normalize(source))


@case
def tables_sdk() -> float:
    """The official SDK's models and loops, us a conversation, over a tenth of the pages."""
    warnings.simplefilter("ignore")
    source = _share(10)
    _frames_sdk(source[:1])
    return _us_a_conversation(source, lambda: _frames_sdk(source))


def _extra_memory(source: Pages, work: Callable[[Pages], object]) -> float:
    """Growth of the process's peak over the JSON's bytes, the result kept."""
    import resource  # not on Windows

    work(source[:1])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    _kept = work(source)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return (after - before) * _MAXRSS_UNIT / sum(map(len, source))


@case
def memory_ours() -> float:
    """Ours."""
    return _extra_memory(pages(), _frames_ours)


@case
def memory_sdk() -> float:
    """The official SDK's, over a tenth of the pages."""
    warnings.simplefilter("ignore")
    return _extra_memory(_share(10), _frames_sdk)


@case
def memory_normalize() -> float:
    """json_normalize's, over a quarter of the pages."""
    return _extra_memory(_share(4), _frames_normalize)


@cache
def _million_segments() -> Any:
    import pandas as pd

    import gcanalytics as gca

    wanted = 100_000 if options.quick else 1_000_000
    segments = gca.ConversationDetails.from_pages(pages()).segments
    return pd.concat([segments] * (wanted // len(segments) + 1), ignore_index=True).head(wanted)


def _csv_s(write: Callable[[Path], object]) -> float:
    _million_segments()
    with tempfile.TemporaryDirectory() as folder:
        return wall_s(lambda: write(Path(folder) / "segments.csv"))


@case
def csv_ours() -> float:
    """gca.to_csv, wall seconds."""
    import gcanalytics as gca

    return _csv_s(lambda path: gca.to_csv(_million_segments(), path))


@case
def csv_pandas() -> float:
    """DataFrame.to_csv, wall seconds."""
    return _csv_s(lambda path: _million_segments().to_csv(path, index=False))
