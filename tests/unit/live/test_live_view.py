"""The view without a browser: HTML of the regions, widgets' values, buttons, Pause, Stop, what stays."""

import logging
import re
import sys
import threading
from html.parser import HTMLParser
from types import ModuleType
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from gcanalytics.live import html, panel, screen, style
from gcanalytics.live.screen import Labels, duration_text, masked
from gcanalytics.live.session import Connection, Gap, Session
from gcanalytics.live.shapes import Agent, Observed, Snapshot
from gcanalytics.live.state import LiveState
from gcanalytics.live.view import LiveView

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


@pytest.fixture(autouse=True)
def _quick_painter(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in (("PAINT_S", 0.01), ("TABLE_S", 0.02)):
        monkeypatch.setattr(f"gcanalytics.live.view.{name}", seconds)


@pytest.fixture
def session() -> StillSession:
    return StillSession()


@pytest.fixture
def labels() -> Labels:
    return Labels({QUEUE: "Support"}, {"u1": f"Dee {EVIL}"}, ZoneInfo("Europe/Warsaw"))


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
        self.text += data


def test_nothing_is_claimed_before_the_present_was_read(session: StillSession, labels: Labels) -> None:
    session._read_at = None
    session.phase("connecting")
    drawn = regions(session, labels)
    assert "Waiting–" in drawn["tiles"].text
    assert "0" not in drawn["tiles"].text
    assert "nothing known yet" in drawn["saved"].text
    assert "–––" in drawn["snapshot"].text.replace("None.", "")
    session._read_at = 1000.0
    assert "Waiting0" in regions(session, labels)["tiles"].text


def regions(session: StillSession, labels: Labels, **more: Any) -> dict[str, Outline]:
    now = screen.take(session, labels, **more)
    severity = labels.severity(now.tiles.longest_wait_s)
    made = {
        "header": html.header(now),
        "tiles": html.tiles(now, severity),
        "table": html.table(now),
        "spark": html.sparkline([0, 2, 1], 300, now),
        "log": html.log(now),
        "saved": html.saved(now),
        "snapshot": html.snapshot(now, reason="stopped", gaps=["10:00:00 to 10:00:05"]),
    }
    return {name: Outline(text) for name, text in made.items()}


def test_the_regions_say_what_is_going_on(session: StillSession, labels: Labels) -> None:
    feed(session, observed(1, waited_s=75), observed(2, waited_s=5))
    seen = regions(session, labels)
    assert "Support" in seen["header"].text
    assert "live" in seen["header"].text
    assert "updated" in seen["header"].text
    assert re.search(r"Waiting\s*2", seen["tiles"].text)
    assert re.search(r"On-queue agents\s*2\s*1 idle · 1 not responding", seen["tiles"].text)
    assert re.search(r"Longest wait\s*01:15\s*▲ over 01:00", seen["tiles"].text)
    assert "▲ 01:15" in seen["table"].text
    assert "00:05" in seen["table"].text


def test_text_from_outside_is_escaped_everywhere(labels: Labels) -> None:
    session = StillSession()
    session.queues = {QUEUE: EVIL}
    evil = Labels({QUEUE: EVIL}, {"u1": EVIL}, None, show_remote=True)
    feed(session, observed(1, remote=EVIL, direction=EVIL))
    session.state.note("connection", EVIL)
    session.phase("reconnecting", EVIL, 1003.0)
    for name, outline in regions(session, evil).items():
        assert "script" not in {tag for tag, _ in outline.tags}, name
    assert EVIL in regions(session, evil)["table"].text
    assert EVIL in regions(session, evil)["header"].text


def test_an_empty_queue_says_that_it_is_connected_and_has_no_longest_wait(
    session: StillSession, labels: Labels
) -> None:
    seen = regions(session, labels)
    assert "No ongoing conversations in this queue." in seen["table"].text
    assert "connected" in seen["table"].text
    assert re.search(r"Longest wait\s*–", seen["tiles"].text)
    assert re.search(r"On-queue agents\s*–\s*not readable", seen["tiles"].text)


def test_a_lost_connection_keeps_the_last_state_dims_it_and_says_when_it_tries_again(
    session: StillSession, labels: Labels
) -> None:
    feed(session, observed(1))
    session.phase("reconnecting", "The connection was lost.", 1003.0)
    seen = regions(session, labels)
    assert "retry in 3 s (attempt 1): The connection was lost." in seen["header"].text
    assert seen["tiles"].tags[0][1]["class"] == "gca-live gca-stale"
    assert "waiting" in seen["table"].text


def test_long_tables_end_with_the_number_of_the_rest(session: StillSession, labels: Labels) -> None:
    feed(session, *(observed(number, waited_s=number) for number in range(1, 80)))
    table = regions(session, labels)["table"]
    assert sum(tag == "tr" for tag, _ in table.tags) == screen.ROWS + 1
    assert "and 30 more" in table.text
    assert table.text.index("01:19") < table.text.index("00:40")


def test_what_readers_of_the_screen_need_is_there(session: StillSession, labels: Labels) -> None:
    feed(session, observed(1))
    seen = regions(session, labels)
    pill = next(attrs for _, attrs in seen["header"].tags if attrs.get("role") == "status")
    assert pill["aria-live"] == "polite"
    assert all(attrs.get("scope") == "col" for tag, attrs in seen["table"].tags if tag == "th")
    drawing = next(attrs for tag, attrs in seen["spark"].tags if tag == "svg")
    assert drawing["role"] == "img"
    assert "Waiting, last 5 min (max 2), now 1" in str(drawing["aria-label"])
    for quiet in ("tiles", "log", "table"):
        assert not [attrs for _, attrs in seen[quiet].tags if "aria-live" in attrs]


def test_the_line_starts_with_the_first_sample_and_ends_now(session: StillSession, labels: Labels) -> None:
    now = screen.take(session, labels)
    text = html.sparkline([4, 0, 2], 5, now)
    points = next(attrs["points"] for tag, attrs in Outline(text).tags if tag == "polyline")
    assert points == "200.0,6.0 300.0,70.0 400.0,38.0"
    assert "polyline" not in html.sparkline([], 300, now)


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", [style.LIGHT, style.DARK], ids=["light", "dark"])
def test_every_colour_can_be_read_on_both_grounds_of_its_theme(theme: dict[str, str]) -> None:
    for name in ("text", "quiet", "ok", "warn", "alarm"):
        for ground in ("ground", "panel"):
            light, dark = sorted((luminance(theme[name]), luminance(theme[ground])), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (name, ground)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("tel:+4915112345678", "…678"),
        ("sip:+4915112345678@host", "…678"),
        ("+49 30 5550718", "…718"),
        ("jane.doe@example.com", "j…@example.com"),
        ("Jane van Doe", "J. v. D."),
        ("anonymous", "a."),
        ("", None),
        (None, None),
    ],
)
def test_customers_addresses_are_masked(text: str | None, shown: str | None) -> None:
    assert masked(text) == shown


def test_addresses_are_shown_whole_only_on_request(session: StillSession, labels: Labels) -> None:
    feed(session, observed(1, remote="tel:+4915112345678"))
    for outline in regions(session, labels).values():
        assert "4915112345678" not in outline.text
    whole = Labels(labels.queues, labels.users, labels.tz, show_remote=True)
    assert "4915112345678" in regions(session, whole)["table"].text


@pytest.mark.parametrize(("seconds", "text"), [(None, "–"), (0.9, "00:00"), (75, "01:15"), (3725, "1:02:05")])
def test_durations_are_written_as_clocks(seconds: float | None, text: str) -> None:
    assert duration_text(seconds) == text


def test_the_snapshot_is_words_and_tables_and_can_leave_single_conversations_out(
    session: StillSession, labels: Labels
) -> None:
    feed(session, observed(1, waited_s=75))
    whole = regions(session, labels)["snapshot"]
    assert {"svg", "img", "button"}.isdisjoint(tag for tag, _ in whole.tags)
    for word in (
        "Live view of Support",
        "stopped",
        "Ongoing conversations",
        "waiting",
        "Without events: 10:00:00",
    ):
        assert word in whole.text
    totals = Outline(html.snapshot(screen.take(session, labels), reason="stopped", totals_only=True)).text
    assert "Longest wait" in totals
    assert "c0000001" not in totals


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


@pytest.fixture
def cell(monkeypatch: pytest.MonkeyPatch) -> Cell:
    cell = Cell()
    monkeypatch.setattr(panel, "display", cell.display)
    return cell


def shown(view: LiveView) -> panel.Panel:
    view._ipython_display_()
    assert view._panel is not None
    return view._panel


def until(enough: Any) -> None:
    waiting = threading.Event()
    for _ in range(1000):
        if enough():
            return
        waiting.wait(0.01)
    raise AssertionError("never seen")


def test_showing_the_view_paints_at_once_and_then_only_what_changed(
    session: StillSession, labels: Labels, cell: Cell
) -> None:
    feed(session, observed(1))
    with LiveView(session, labels) as view:
        widgets = shown(view)
        assert "live" in widgets.regions["header"].value
        assert "c0000001" in widgets.regions["table"].value
        sent: list[str] = []
        widgets.regions["tiles"].observe(lambda change: sent.append(change["new"]), "value")
        until(lambda: len(view._history) > 0)
        assert sent == []
        with session.lock:
            feed(session, observed(1), observed(2))
        until(lambda: sent)
    assert cell.shown[0] is widgets.box


def test_pause_holds_the_picture_and_resume_lets_it_go_on(
    session: StillSession, labels: Labels, cell: Cell
) -> None:
    with LiveView(session, labels) as view:
        widgets = shown(view)
        widgets.pause.click()
        until(lambda: widgets.pause.description == "Resume")
        held = widgets.regions["table"].value
        with session.lock:
            feed(session, observed(1))
            session.state.events += 3
        until(lambda: "3 new since Pause" in widgets.regions["header"].value)
        assert "paused" in widgets.regions["header"].value
        assert widgets.regions["table"].value == held
        widgets.pause.click()
        until(lambda: "c0000001" in widgets.regions["table"].value)
        assert widgets.pause.description == "Pause"


def test_the_stop_button_leaves_the_snapshot_in_the_widgets_place(
    session: StillSession, labels: Labels, cell: Cell
) -> None:
    feed(session, observed(1))
    ended: list[LiveView] = []
    view = LiveView(session, labels, on_stop=ended.append).start()
    widgets = shown(view)
    widgets.stop.click()
    assert view.wait(10)
    until(lambda: ended == [view])
    assert (0, "Live view of Support") in [
        (number, text[text.index("Live") :][:20]) for number, text in cell.updates if "Live view of" in text
    ]
    assert session.stops == 1
    view.stop()
    assert session.stops == 1
    view._ipython_display_()
    assert "Live view of Support" in cell.shown[-1].data
    assert not [t for t in threading.enumerate() if t.name == "gcanalytics-paint"]


def test_a_failed_session_ends_the_view_by_itself_and_says_why(
    session: StillSession, labels: Labels, cell: Cell
) -> None:
    view = LiveView(session, labels).start()
    shown(view)
    session.phase("failed", "no permission")
    session.over.set()
    until(lambda: any("no permission" in text for _, text in cell.updates))
    assert not view.live


def test_a_notebook_saved_without_stop_keeps_a_line_of_text(
    session: StillSession, labels: Labels, cell: Cell
) -> None:
    feed(session, observed(1))
    with LiveView(session, labels) as view:
        shown(view)
        number, line = cell.updates[0]
        assert cell.shown[number].data == ""
        assert "1 waiting" in line
        assert "saved without Stop" in line
    assert (number, "") in cell.updates


def test_a_second_display_shows_the_same_widgets_and_both_get_the_snapshot(
    session: StillSession, labels: Labels, cell: Cell
) -> None:
    view = LiveView(session, labels).start()
    widgets = shown(view)
    view._ipython_display_()
    assert [item for item in cell.shown if item is widgets.box] == [widgets.box, widgets.box]
    view.stop()
    assert len([text for _, text in cell.updates if "gca-snapshot" in text]) == 2


def test_a_fault_in_painting_is_shown_once_told_and_does_not_end_the_view(
    session: StillSession, labels: Labels, cell: Cell, monkeypatch: pytest.MonkeyPatch
) -> None:
    with LiveView(session, labels) as view:
        widgets = shown(view)
        monkeypatch.setattr(html, "table", lambda now: 1 / 0)
        until(lambda: "could not be painted (ZeroDivisionError)" in widgets.message.value)
        assert 'role="alert"' in widgets.message.value
        monkeypatch.undo()
        monkeypatch.setattr(panel, "display", cell.display)
        with session.lock:
            feed(session, observed(7))
        until(lambda: "c0000007" in widgets.regions["table"].value)
    told = [entry.text for entry in session.state.entries if "painting" in entry.text]
    assert len(told) == 1


def test_export_says_where_the_files_are_or_why_not(
    session: StillSession, labels: Labels, cell: Cell, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    feed(session, observed(1))
    with LiveView(session, labels) as view:
        widgets = shown(view)
        widgets.export.click()
        until(lambda: "Saved live_conversations_" in widgets.message.value)
        (tmp_path / "blocked").write_text("")
        monkeypatch.setattr(view, "export_csv", lambda: (_ for _ in ()).throw(OSError("disk full")))
        widgets.export.click()
        until(lambda: "Not saved: disk full" in widgets.message.value)
    assert len(list(tmp_path.glob("live_*.csv"))) == 2


def test_warnings_of_the_package_go_into_the_log_of_the_view(session: StillSession, labels: Labels) -> None:
    with LiveView(session, labels):
        logging.getLogger("gcanalytics.transport.listener").warning("a broken message")
    logging.getLogger("gcanalytics").info("after the end")
    assert [entry.text for entry in session.state.entries] == ["a broken message"]


def test_the_gaps_are_a_frame_and_in_the_snapshot(session: StillSession, labels: Labels, cell: Cell) -> None:
    session.gaps.append(Gap(1_794_999_600.0, 1_794_999_605.5, "cut"))
    view = LiveView(session, labels).start()
    assert view.gaps["seconds"].tolist() == [5.5]
    shown(view)
    view.stop()
    assert any("Without events: 1" in text for _, text in cell.updates)


@pytest.fixture
def colab(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "google.colab", ModuleType("google.colab"))
    monkeypatch.setattr("gcanalytics.live.view.current_cell", lambda: 7)


@pytest.mark.usefixtures("colab")
def test_in_colab_run_for_paints_from_its_own_thread_and_leaves_one_snapshot(
    session: StillSession, labels: Labels, cell: Cell, monkeypatch: pytest.MonkeyPatch
) -> None:
    painting: set[threading.Thread] = set()
    take = screen.take

    def noticed(*given: Any, **more: Any) -> Any:
        painting.add(threading.current_thread())
        feed(session, *(observed(number) for number in range(1, 2 + len(cell.updates))))
        return take(*given, **more)

    monkeypatch.setattr(screen, "take", noticed)
    view = LiveView(session, labels).run_for(0.2)
    *moving, last = [content for _, content in cell.updates]
    assert len(set(moving)) >= 3
    assert all("c0000001" in content and "<button" not in content for content in moving)
    assert "gca-snapshot" in last
    assert painting == {threading.current_thread()}
    assert session.stops == 1
    view._ipython_display_()  # the value of the same cell
    assert len(cell.shown) == 1
    monkeypatch.setattr("gcanalytics.live.view.current_cell", lambda: 8)
    view._ipython_display_()
    assert "gca-snapshot" in cell.shown[1].data


@pytest.mark.usefixtures("colab")
def test_in_colab_a_view_says_how_it_would_move(session: StillSession, labels: Labels, cell: Cell) -> None:
    feed(session, observed(1))
    with LiveView(session, labels) as view:
        view._ipython_display_()
        assert view._panel is None
        assert "c0000001" in cell.updates[-1][1]
        assert "run_for(60)" in cell.updates[-1][1]


def test_the_line_of_those_who_wait_begins_with_a_number_that_is_known(
    session: StillSession, labels: Labels, cell: Cell
) -> None:
    session.phase("connecting")
    with LiveView(session, labels) as view:
        shown(view)
        until(lambda: "connecting" in shown(view).regions["header"].value)
        feed(session, observed(1), observed(2))
        assert list(view._history) == []
        session.phase("live")
        until(lambda: view._history)
        assert list(view._history) == [2]
