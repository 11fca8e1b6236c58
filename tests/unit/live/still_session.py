"""A session that a test feeds, and what its view would have shown."""

from html.parser import HTMLParser
from typing import Any

from gcanalytics.live.session import Connection, Session
from gcanalytics.live.shapes import Agent, Observed, Snapshot
from gcanalytics.live.state import LiveState

QUEUE = "aaaaaaaa-0000-4000-8000-000000000001"
NOW_MS = 1_794_999_600_000
EVIL = "<script>alert('x')</script>&\""


class StillSession(Session):
    """A session that is fed by the test and opens nothing."""

    def __init__(self) -> None:
        super().__init__(None, None, {QUEUE: "Support"}, clock=lambda: 1000.0)  # type: ignore[arg-type]
        self.state = LiveState({QUEUE}, clock=lambda: 1000.0, wall=lambda: 0.0)
        self._read_at = 1000.0
        self.heard: float | None = 2.0
        self.starts = self.stops = 0
        self.phase("live")

    def phase(self, word: Any, detail: str = "", retry_at: float | None = None) -> None:
        self._connection = Connection(word, detail, retry_at, 1 if retry_at else 0)

    @property
    def silent_s(self) -> float | None:
        return self.heard

    def start(self) -> None:
        self.starts += 1
        self.ready.set()

    def stop(self, timeout_s: float = 2.0) -> None:
        self.stops += 1
        if self._connection.phase != "failed":
            self.phase("stopped")
        self.over.set()


def observed(number: int, status: Any = "waiting", waited_s: float = 5, **more: Any) -> Observed:
    return Observed(f"c{number:07}-0000", status, QUEUE, "voice", NOW_MS - round(waited_s * 1000), **more)


def feed(session: StillSession, *conversations: Observed) -> None:
    agents = (
        Agent("u1", "Ana", "IDLE", NOW_MS, {QUEUE: True}),
        Agent("u2", "Ben", "NOT_RESPONDING", NOW_MS, {QUEUE: True}),
    )
    session.state.replace(
        Snapshot((*conversations, observed(0, "interacting", 0, user_id="u1")), agents=agents)
    )


class Outline(HTMLParser):
    """Reads HTML strictly enough to see what is a tag and whether all are closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)
        assert not self.open, f"not closed: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in {"br", "line", "polygon", "polyline"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in {"line", "polygon", "polyline"}:
            assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data.replace("\u00a0", " ")


class Cell:
    """What a notebook's cell would have been given."""

    def __init__(self) -> None:
        self.shown: list[Any] = []
        self.updates: list[tuple[int, str]] = []

    def display(self, item: Any, display_id: bool = False) -> Any:
        self.shown.append(item)
        number, cell = len(self.shown) - 1, self

        class Handle:
            def update(self, content: Any) -> None:
                cell.updates.append((number, content.data))

        return Handle() if display_id else None
