"""Waits a medium at a time: e-mails that wait for days hide nobody who is on the line."""

import re
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from gcanalytics.errors import QueryError
from gcanalytics.frames.names import Names
from gcanalytics.live import html, open_view, screen
from gcanalytics.live.screen import Labels, Screen
from gcanalytics.live.shapes import Observed, Snapshot, Wait
from gcanalytics.live.tiles import by_need
from gcanalytics.live.waits import Limits, by_media

from .still_session import QUEUE, Outline, StillSession, feed, observed

DAY_S = 86_400
OTHER = "bbbbbbbb-0000-4000-8000-000000000002"
TARGETS = {(QUEUE, "voice"): 20.0, (OTHER, "voice"): 60.0, (QUEUE, "email"): 14_400.0}


def mail(number: int, waited_s: float, status: str = "waiting") -> Observed:
    return replace(observed(number, status, waited_s), media="email")


def moment(session: StillSession, labels: Labels, *conversations: Observed) -> Screen:
    feed(session, *conversations)
    return screen.take(session, labels)


@pytest.fixture
def aiming(labels: Labels) -> Labels:
    return replace(labels, limits=Limits(TARGETS))


def test_the_longest_wait_is_that_of_who_is_on_the_line(session: StillSession, aiming: Labels) -> None:
    now = moment(session, aiming, mail(1, 2 * DAY_S), observed(2, waited_s=25), observed(3, waited_s=5))
    text = Outline(html.tiles(now)).text
    assert re.search(r"Waiting\s*3\s*2 voice · 1 email", text)
    assert re.search(r"Longest wait, voice\s*00:25\s*▲ over 00:20 · ▲ email 2 d 0:00", text)
    assert "3 waiting (longest voice 00:25, email 2 d 0:00)" in html.summary(now)
    stays = Outline(html.snapshot(now, reason="stopped")).text
    assert "3 (2 voice · 1 email)" in stays
    assert "▲ voice 00:25 · ▲ email 2 d 0:00" in stays


def test_where_only_mails_wait_theirs_is_the_longest_wait_by_their_own_target(
    session: StillSession, aiming: Labels
) -> None:
    text = Outline(html.tiles(moment(session, aiming, mail(1, 14_000)))).text
    assert re.search(r"Waiting\s*1\s*Interacting", text)
    assert re.search(r"Longest wait, email\s*3:53:20\s*$", text)
    text = Outline(html.tiles(moment(session, aiming, mail(1, 14_401)))).text
    assert "▲ over 4:00:00" in text


def test_who_waits_on_the_line_comes_first_then_who_talks_then_the_mails(
    session: StillSession, labels: Labels
) -> None:
    mails = [mail(10 + number, DAY_S + number) for number in range(60)]
    now = moment(
        session,
        labels,
        *mails,
        mail(1, 9000, "interacting"),
        observed(2, waited_s=5),
        observed(3, waited_s=9),
    )
    first = [(line.status, line.media, line.conversation_id[:8]) for line in now.lines[:5]]
    assert first == [
        ("waiting", "voice", "c0000003"),
        ("waiting", "voice", "c0000002"),
        ("interacting", "voice", "c0000000"),
        ("interacting", "email", "c0000001"),
        ("waiting", "email", "c0000069"),
    ]
    assert (len(now.lines), now.more) == (screen.ROWS, 14)


def test_media_come_in_the_order_of_their_hurry_and_unknown_ones_before_mails(session: StillSession) -> None:
    media = ["email", "carrierpigeon", "message", None, "callback", "chat", "voice"]
    waiting = [replace(observed(number), media=name) for number, name in enumerate(media)]
    session.state.replace(Snapshot(tuple(waiting)))
    rows = [row.media for row in by_need(session.state.rows.values())]
    assert rows == ["voice", "chat", "callback", "message", "carrierpigeon", None, "email"]
    waits = [wait.media for wait in by_media(session.state.tiles().waits, Limits())]
    assert waits == ["voice", "chat", "callback", "message", "unknown", "carrierpigeon", "email"]


def test_the_line_of_who_waits_leaves_mails_out_as_long_as_others_wait(
    session: StillSession, labels: Labels
) -> None:
    now = screen.take(session, labels)
    both = html.sparkline([(0, 40), (2, 41)], 2, now)
    assert "Waiting without e-mails, last 2 s (max 2)" in both
    assert 'points="0.0,70.0 400.0,6.0"' in both
    alone = html.sparkline([(0, 40), (0, 20)], 2, now)
    assert "Waiting, last 2 s (max 40)" in alone
    assert 'points="0.0,6.0 400.0,38.0"' in alone
    assert "Waiting, last 2 s (max 2)" in html.sparkline([(1, 0), (2, 0)], 2, now)


def test_each_queue_has_its_own_target_and_a_medium_the_worst_of_them() -> None:
    waits = (Wait("voice", QUEUE, 1, 30.0), Wait("voice", OTHER, 2, 50.0), Wait("email", QUEUE, 1, None))
    voice, mails = by_media(waits, Limits(TARGETS))
    assert (voice.waiting, voice.longest_s, voice.severity, voice.over_s) == (3, 50.0, "warn", 20.0)
    assert (mails.waiting, mails.longest_s, mails.severity) == (1, None, "")


@pytest.mark.parametrize(
    ("limits", "media", "expected"),
    [
        (Limits(TARGETS), "voice", (20.0, 60.0)),
        (Limits(TARGETS), "email", (14_400.0, 43_200.0)),
        (Limits(TARGETS), "chat", (60.0, 180.0)),
        (Limits(), "email", (86_400.0, 259_200.0)),
        (Limits(), None, (60.0, 180.0)),
        (Limits(TARGETS, warn_s=30.0), "email", (30.0, 90.0)),
        (Limits(TARGETS, alarm_s=10.0), "voice", (10.0, 10.0)),
        (Limits(TARGETS, warn_s=5.0, alarm_s=10.0), "voice", (5.0, 10.0)),
    ],
)
def test_limits_are_the_users_or_the_queues_or_else_a_minute(
    limits: Limits, media: str | None, expected: tuple[float, float]
) -> None:
    assert limits.of(QUEUE, media) == expected


@pytest.mark.parametrize(
    ("waited_s", "severity"), [(None, ""), (19.9, ""), (20.0, "warn"), (59.9, "warn"), (60.0, "alarm")]
)
def test_a_wait_is_long_from_its_limit_on(waited_s: float | None, severity: str) -> None:
    assert Limits(TARGETS).severity(waited_s, QUEUE, "voice") == severity


def test_of_a_list_that_is_cut_the_platforms_counts_are_shown_by_medium(session: StillSession) -> None:
    key = (QUEUE, "email", "oWaiting")
    listed = (mail(1, 50), observed(2, waited_s=5))
    counts = {key: 120, (QUEUE, "voice", "oWaiting"): 9}
    session.state.replace(Snapshot(listed, counts, frozenset({key})))
    tiles = session.state.tiles()
    # Of voice all were listed: there the events are ahead of the count.
    assert [(wait.media, wait.waiting) for wait in tiles.waits] == [("voice", 1), ("email", 120)]
    assert tiles.waiting == 121


def test_an_alert_is_marked_by_the_target_too(session: StillSession, aiming: Labels) -> None:
    now = moment(session, aiming, observed(1, "alerting", 21, user_id="u2"), mail(2, 21, "alerting"))
    assert [(line.media, line.severity) for line in now.lines[:2]] == [("voice", "warn"), ("email", "")]


def opened(monkeypatch: pytest.MonkeyPatch, **limits: Any) -> Limits:
    """The limits of a view that was opened on a queue with targets."""
    aims = {(QUEUE, "voice"): (0.8, 20.0), (QUEUE, "chat"): (0.8, 0.0)}
    names = Names(queues={QUEUE: "Support"}, service_levels=aims)
    directory = SimpleNamespace(queue_ids=lambda wanted: [QUEUE], names=lambda: names)
    monkeypatch.setattr("gcanalytics.live.open.Session", lambda *given, **more: StillSession())
    rest: Any = SimpleNamespace(base_url="http://127.0.0.1:1")
    network: Any = None
    with open_view(rest, directory, network, "Support", **limits) as view:
        return view._labels.limits


def test_a_view_takes_the_targets_of_its_queues_and_a_target_of_nothing_is_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert opened(monkeypatch).of(QUEUE, "voice") == (20.0, 60.0)
    assert opened(monkeypatch).of(QUEUE, "chat") == (60.0, 180.0)
    assert opened(monkeypatch, warn_wait_s=5).of(QUEUE, "voice") == (5, 15)
    assert opened(monkeypatch, alarm_wait_s=30).of(QUEUE, "voice") == (20.0, 30)


@pytest.mark.parametrize(
    "limits",
    [
        {"warn_wait_s": 100, "alarm_wait_s": 50},
        {"alarm_wait_s": 0},
        {"warn_wait_s": -1},
        {"warn_wait_s": "60"},
        {"alarm_wait_s": float("nan")},
    ],
    ids=repr,
)
def test_limits_that_are_none_are_refused(monkeypatch: pytest.MonkeyPatch, limits: dict[str, Any]) -> None:
    with pytest.raises(QueryError, match="warn_wait_s"):
        opened(monkeypatch, **limits)
