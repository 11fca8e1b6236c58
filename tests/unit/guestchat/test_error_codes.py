"""Every error that the guest SDK's swagger lists arrives as ours, with its code and its correlation id."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gcanalytics.errors import (
    ApiError,
    AuthenticationError,
    DeliveryUnknown,
    GenesysError,
    PermissionDenied,
    RateLimited,
)
from gcanalytics.guestchat import GuestChat

from .scripted_platform import ARGUMENTS, CHAT, GUEST, Platform, Stream

KINDS = {401: AuthenticationError, 403: PermissionDenied, 429: RateLimited}
CALLS: dict[str, Callable[[GuestChat], Any]] = {
    "POST ": lambda chat: GuestChat.start(**ARGUMENTS),
    "GET /members": lambda chat: chat.members(),
    "GET /members/{memberId}": lambda chat: chat.member(),
    "DELETE /members/{memberId}": lambda chat: chat.with_http_info.leave(),
    "POST /members/{memberId}/messages": lambda chat: chat.send("Hello!"),
    "POST /members/{memberId}/typing": lambda chat: chat.typing(),
    "GET /messages": lambda chat: chat.messages(),
    "GET /messages/{messageId}": lambda chat: chat.message("m1"),
    "GET /mediarequests": lambda chat: chat.media_requests(),
    "GET /mediarequests/{mediaRequestId}": lambda chat: chat.media_request("r1"),
    "PATCH /mediarequests/{mediaRequestId}": lambda chat: chat.accept_media_request("r1"),
}
ROOT = "/api/v2/webchat/guest/conversations"
# Of these nobody knows whether they were executed, and twice would do harm.
UNSURE = {"408", "502", "503", "504"}
IDS = {"conversationId": CHAT, "memberId": GUEST, "messageId": "m1", "mediaRequestId": "r1"}


def test_every_documented_error_arrives_with_its_code(
    payloads: Path, platform: Platform, stream: Stream
) -> None:
    listed = json.loads((payloads / "guest_error_codes_from_swagger.json").read_text(encoding="utf-8"))
    calls = {}
    for operation, codes_by_status in listed.items():
        method, _, path = operation.partition(" ")
        call = f"{method} {path.removeprefix(ROOT).removeprefix('/{conversationId}')}"
        calls[call] = True
        for status, codes in codes_by_status.items():
            unsure = status in UNSURE and method in {"POST", "PATCH"} and not path.endswith("/typing")
            kind = DeliveryUnknown if unsure else KINDS.get(int(status), ApiError)
            for code, words in codes.items():
                error = refused(platform, call, path, int(status), code, words)
                assert type(error) is kind
                assert (error.status, error.code, error.server_message) == (int(status), code, words)
                assert error.correlation_id == "d11bd3b3"
    assert set(calls) == set(CALLS)


def refused(platform: Platform, call: str, path: str, status: int, code: str, words: str) -> GenesysError:
    """The error of a call to which the platform answers with that code."""
    chat = GuestChat.start(**ARGUMENTS)
    method = call.partition(" ")[0]
    asked = method, re.sub(r"\{(\w+)\}", lambda name: IDS[name[1]], path)
    usual = platform.answers.get(asked)
    before = len(platform.requests(*asked))
    platform.answer(*asked, (status, {"message": words, "code": code, "status": status}))
    try:
        with pytest.raises(GenesysError) as error:
            CALLS[call](chat)
        assert len(platform.requests(*asked)) == before + 1, "sent twice"
    finally:
        if usual is not None:
            platform.answers[asked] = usual
    return error.value
