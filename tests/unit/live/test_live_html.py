"""The regions of the live view and its snapshot as HTML."""

import re
from typing import Any

import pytest

from gcanalytics.live import html, screen
from gcanalytics.live.screen import Labels, duration_text, masked
from gcanalytics.notebook import style

from .still_session import EVIL, QUEUE, Outline, StillSession, feed, observed


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
    made = {
        "header": html.header(now),
        "tiles": html.tiles(now),
        "table": html.table(now),
        "spark": html.sparkline([(0, 0), (2, 0), (1, 0)], 300, now),
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
    assert re.search(r"Longest wait, voice\s*01:15\s*▲ over 01:00", seen["tiles"].text)
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
    text = html.sparkline([(4, 0), (0, 0), (2, 0)], 5, now)
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


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "–"),
        (0.9, "00:00"),
        (75, "01:15"),
        (3725, "1:02:05"),
        (86_399, "23:59:59"),
        (183_960, "2 d 3:06"),
    ],
)
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
