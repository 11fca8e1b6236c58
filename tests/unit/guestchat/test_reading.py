"""Whatever the platform's JSON holds is read: into typed values, into a transcript, into a picture."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gcanalytics.guestchat import GuestChat, reading
from gcanalytics.guestchat import widget_html as html
from gcanalytics.guestchat.events import Event
from gcanalytics.guestchat.transcript import Record, transcript
from gcanalytics.guestchat.widget import ChatWidget

from .scripted_platform import CHAT, GUEST

TZ = ZoneInfo("Europe/Warsaw")
NAMES = [
    "id", "sender", "member", "body", "bodyType", "timestamp", "state", "role", "displayName", "customFields",
    "joinDate", "types", "message", "conversation",
]  # fmt: skip
TEXTS = [
    "", "m1", GUEST, "member-join", "media-request", "standard", "CONNECTED", "AGENT", "\x00<b>",
    "2026-11-18T10:00:00.000Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59.999Z",
    "0001-01-01T00:00:00-14:00", "9999-12-31T23:59:59-14:00", "noon",
]  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(TEXTS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=8),
    max_leaves=12,
)
WORDS = st.sampled_from(TEXTS)
LIKELY = st.fixed_dictionaries(
    {"timestamp": WORDS | JSON},
    optional={
        "id": WORDS | JSON, "sender": st.fixed_dictionaries({"id": WORDS | JSON}) | JSON,
        "body": WORDS | JSON, "bodyType": WORDS | JSON,
        "member": st.fixed_dictionaries({"id": WORDS, "state": WORDS}) | JSON,
    },
)  # fmt: skip
BODIES = LIKELY | JSON
TOPICS = st.sampled_from(["channel.metadata", "v2.conversations.chats.c.messages", "V2.Conversations", ""])
KINDS = st.sampled_from(["message", "typing-indicator", "member-change", "other", None, 7])


@given(topic=TOPICS, kind=KINDS, body=BODIES, members=st.lists(JSON, max_size=3))
def test_no_json_of_the_platform_breaks_a_chat(topic: str, kind: Any, body: Any, members: list[Any]) -> None:
    record = Record(GUEST)
    event: Event | None = reading.event(topic, body, {"type": kind} if kind else body, GUEST)
    if event is not None:
        record.heard(event)
    record.read([reading.said(body, GUEST), reading.typing(body, GUEST)])
    record.met(map(reading.member, members))
    reading.media_request(body)
    picture = record.picture()
    table = transcript(CHAT, picture.lines)
    assert len(table) == len(picture.lines) > 0
    shown = html.talk(picture.lines, TZ) + html.snapshot(
        picture, TZ, conversation_id=CHAT, reason="", zone=str(TZ)
    )
    assert "<b>" not in shown


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
@pytest.mark.parametrize("year", ["0001-01-01T00:00:00", "9999-12-31T23:59:59"])
def test_a_time_at_the_end_of_the_calendar_is_shown_or_left_out(
    chat: GuestChat, zone: str, year: str
) -> None:
    record = Record(GUEST)
    record.read([reading.said({"id": "m1", "body": "Hello", "timestamp": f"{year}Z"}, GUEST)])
    assert "Hello" in html.talk(record.lines(), ZoneInfo(zone))
    widget = ChatWidget(chat, record, lambda wait_s: None, tz=ZoneInfo(zone))
    assert "Hello" in widget._snapshot()
    assert transcript(CHAT, record.lines())["time"].notna().all()
