"""What a chat keeps of what it heard, and its transcript as a frame and a file."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import gcanalytics as gca
from gcanalytics.errors import ApiError
from gcanalytics.frames.schema import DTYPES
from gcanalytics.guestchat import (
    Closing,
    Event,
    GuestChat,
    Joined,
    Left,
    MediaRequested,
    Member,
    MemberChange,
    Message,
    Typing,
)
from gcanalytics.guestchat.transcript import TRANSCRIPT, TYPING_S, Record, transcript

from .scripted_platform import AGENT, BASE, CHAT, GUEST, Platform, Stream, message

START = datetime(2026, 11, 18, 10, 0, 0, 123_000, tzinfo=UTC)


def said(number: int, sender: str, body: str = "Hello", *, after_s: float | None = None) -> Message:
    at = START + timedelta(seconds=number if after_s is None else after_s)
    return Message(f"m{number}", CHAT, sender, body, timestamp=at, own=sender == GUEST)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_an_empty_transcript_is_typed() -> None:
    empty = transcript(CHAT, [])
    assert len(empty) == 0
    assert {name: empty[name].dtype for name in empty} == {n: DTYPES[kind] for n, kind in TRANSCRIPT.items()}


def test_a_row_is_a_message_a_coming_or_a_going_in_order() -> None:
    record = Record(GUEST)
    record.heard(said(3, GUEST))
    record.heard(Joined(AGENT, START + timedelta(seconds=1), "m1"))
    record.heard(Left(AGENT, START + timedelta(seconds=9), "m9"))
    record.heard(said(2, AGENT, "How can I help?"))
    record.heard(said(2, AGENT, "How can I help?"))
    record.met([Member(AGENT, role="AGENT", display_name="Grace"), Member(GUEST, display_name="Ada")])
    table = transcript(CHAT, record.lines())
    assert {name: table[name].dtype for name in table} == {n: DTYPES[kind] for n, kind in TRANSCRIPT.items()}
    assert table["message_id"].tolist() == ["m1", "m2", "m3", "m9"]
    assert table["body_type"].tolist() == ["member-join", "standard", "standard", "member-leave"]
    assert table["name"].tolist() == ["Grace", "Grace", "Ada", "Grace"]
    assert table["role"].tolist() == ["AGENT", "AGENT", "CUSTOMER", "AGENT"]
    assert table["own"].tolist() == [False, False, True, False]
    assert table["time"].iloc[0] == pd.Timestamp(START + timedelta(seconds=1))
    assert table["body"].isna().tolist() == [True, False, False, True]


def test_what_has_no_time_stands_at_the_end_with_a_null() -> None:
    record = Record(GUEST)
    record.heard(Message("m0", CHAT, AGENT, "when?"))
    record.heard(said(1, GUEST))
    table = transcript(CHAT, record.lines())
    assert table["message_id"].tolist() == ["m1", "m0"]
    assert table["time"].isna().tolist() == [False, True]


def test_a_spreadsheet_gets_no_formula_of_a_guest(tmp_path: Path) -> None:
    record = Record(GUEST)
    record.heard(said(1, GUEST, '=HYPERLINK("http://evil")'))
    path = gca.to_csv(transcript(CHAT, record.lines()), tmp_path / "chat.csv", excel=True)
    assert "'=HYPERLINK" in path.read_text(encoding="utf-8-sig")


def test_typing_ends_with_the_words_with_time_and_with_the_typist() -> None:
    clock = Clock()
    record = Record(GUEST, clock=clock)
    record.met([Member(AGENT, role="AGENT", state="CONNECTED", display_name="Grace")])
    record.heard(Typing(GUEST, own=True))
    assert record.picture().typing == ()
    record.heard(Typing(AGENT))
    assert record.picture().typing == ("Grace",)
    record.heard(said(1, AGENT))
    assert record.picture().typing == ()
    record.heard(Typing(AGENT))
    clock.now = TYPING_S + 1
    assert record.picture().typing == ()
    record.heard(Typing(AGENT))
    record.heard(MemberChange(AGENT, "DISCONNECTED", "AGENT"))
    assert record.picture().typing == ()
    assert record.picture().here == ()


@pytest.mark.parametrize(
    ("events", "closing"),
    [
        ([Closing(False, "cut")], "cut"),
        ([Closing(False, "cut"), Typing(AGENT)], None),
        ([Closing(True, "over"), Closing(False, "cut"), Typing(AGENT)], "over"),
    ],
)
def test_a_cut_heals_and_an_end_does_not(events: list[Event], closing: str | None) -> None:
    record = Record(GUEST)
    for event in events:
        record.heard(event)
    found = record.picture().closing
    assert (found and found.reason) == closing


def test_strangers_are_those_who_were_not_asked_for() -> None:
    record = Record(GUEST)
    assert not record.strangers()
    record.heard(MemberChange(AGENT, "ALERTING", "AGENT"))
    assert record.strangers()
    record.met([Member(AGENT)])
    assert not record.strangers(), "somebody without a name would be asked for again and again"
    record.heard(said(1, "somebody else"))
    assert record.strangers()


def answers(platform: Platform) -> None:
    platform.answer("GET", f"{BASE}/messages", (200, {"entities": [message(1, AGENT), message(2, GUEST)]}))
    people: list[dict[str, Any]] = [
        {"id": AGENT, "role": "AGENT", "displayName": "Grace"},
        {"id": GUEST, "role": "CUSTOMER", "displayName": "Ada"},
    ]
    platform.answer("GET", f"{BASE}/members", (200, {"entities": people, "pageCount": 1}))


def test_an_open_chat_reads_its_transcript_and_a_closed_one_keeps_it(
    chat: GuestChat, platform: Platform
) -> None:
    answers(platform)
    table = chat.transcript()
    assert table["name"].tolist() == ["Grace", "Ada"]
    assert table["conversationId"].unique().tolist() == [CHAT]
    chat.close()
    pd.testing.assert_frame_equal(chat.transcript(), table)


def test_two_takers_share_one_stream_and_the_reader_gets_all(chat: GuestChat, stream: Stream) -> None:
    stream.said(1)
    chat._take(0.0)
    stream.said(2)
    taker = threading.Thread(target=chat._take, args=(0.0,))
    taker.start()
    taker.join(5)
    stream.said(3)
    found = [event.id for event in chat.events(timeout_s=0.0) if isinstance(event, Message)]
    assert found == ["m1", "m2", "m3"]
    assert len(chat._record.lines()) == 3


def test_a_request_for_another_medium_is_a_row_too() -> None:
    record = Record(GUEST)
    record.heard(MediaRequested(AGENT, "", START, "m1"))
    record.heard(MediaRequested(AGENT, "screenshare", START, "m2"))
    table = transcript(CHAT, record.lines())
    assert table["body_type"].tolist() == ["media-request"] * 2
    assert table["body"].isna().tolist() == [True, False]
    assert table["member_id"].tolist() == [AGENT, AGENT]


def test_a_lost_stream_makes_no_transcript_a_part_of_itself(
    chat: GuestChat, platform: Platform, stream: Stream
) -> None:
    stream.changed("failed", reason="The event stream refused us.")
    assert [event.lost for event in chat.events(timeout_s=0) if isinstance(event, Closing)] == [True]
    platform.answer("GET", f"{BASE}/members", (401, {"code": "credentials.expired", "status": 401}))
    with pytest.raises(ApiError, match=r"credentials\.expired"):
        chat.transcript()


def test_a_guest_who_has_left_and_is_told_nothing_keeps_what_was_heard(
    chat: GuestChat, platform: Platform
) -> None:
    answers(platform)
    table = chat.transcript()
    platform.answer("GET", f"{BASE}/members", (400, {"code": "chat.error.member.state", "status": 400}))
    with pytest.raises(ApiError, match=r"chat\.error\.member\.state"):
        chat.transcript()
    chat.leave()
    pd.testing.assert_frame_equal(chat.transcript(), table)
