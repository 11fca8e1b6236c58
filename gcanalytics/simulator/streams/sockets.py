"""The sockets of the notification service: heartbeat, ping, subscribing by message, closing with a code.

One connection a channel. What is sent comes from ``topics`` and from the guests' chats through the registry.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import deque
from collections.abc import Callable
from typing import Any

from aiohttp import WSMsgType, web

from gcanalytics.simulator.rest.faults import Faults
from gcanalytics.simulator.streams import scripted
from gcanalytics.simulator.streams.registry import Channel, ChannelRegistry, TooManyTopics
from gcanalytics.simulator.streams.subscriptions import Subjects, answers

HEARTBEAT = '{"topicName":"channel.metadata","eventBody":{"message":"WebSocket Heartbeat"}}'
PONG = '{"topicName":"channel.metadata","eventBody":{"message":"pong"}}'

FRAMES_HELD = 20_000
BYTES_HELD = 16 * 2**20
_MESSAGE_LIMIT = 2**18
_CLOSE_WAIT_S = 5.0


class StreamSocket:
    """One connection: a bounded buffer of frames and the task that empties it.

    A reader that falls behind by more than the buffer is cut off, so that it costs no memory.

    Args:
        ws: the prepared WebSocket.
        abort: drops the connection at once.
        silent: whether nothing may be sent now.
        spoilt: what is sent in a frame's place.
    """

    def __init__(
        self,
        ws: web.WebSocketResponse,
        abort: Callable[[], None],
        silent: Callable[[], bool],
        spoilt: Callable[[str], list[str]],
    ) -> None:
        self._ws = ws
        self._abort = abort
        self._silent = silent
        self._spoilt = spoilt
        self._frames: deque[str] = deque()
        self._held = 0
        self._wake = asyncio.Event()
        self._closing: tuple[int, str] | None = None
        self.next_beat = float("inf")

    def offer(self, text: str) -> None:
        """Queue a text frame; never blocks. Frames of a silent or closing connection are lost."""
        if self._closing is not None or self._silent():
            return
        if len(self._frames) >= FRAMES_HELD or self._held + len(text) > BYTES_HELD:
            self._frames.clear()
            self._closing = (1008, "slow reader")
            self._abort()
            return
        for each in self._spoilt(text):
            self._frames.append(each)
            self._held += len(each)
        self._wake.set()

    def close(self, code: int, reason: str) -> None:
        """Close with that code after what is queued."""
        if self._closing is None:
            self._closing = (code, reason)
            self._wake.set()

    async def write(self) -> None:
        """Send what is offered until the connection is closed from either side."""
        with contextlib.suppress(ConnectionError):
            while True:
                await self._wake.wait()
                self._wake.clear()
                while self._frames:
                    text = self._frames.popleft()
                    self._held -= len(text)
                    await self._ws.send_str(text)
                if self._closing is not None:
                    code, reason = self._closing
                    await self._ws.close(code=code, message=reason.encode())
                    return


class Streams:
    """Serves ``GET /channels/{id}`` and keeps the connections alive.

    Args:
        registry: the channels.
        subjects: the ids that topics may name.
        heartbeat_s: period of the server's heartbeat, real seconds.
        clock: real seconds, monotonic.
        faults: the script of what goes wrong.
    """

    def __init__(
        self,
        registry: ChannelRegistry,
        subjects: Subjects,
        *,
        heartbeat_s: float,
        clock: Callable[[], float],
        faults: Faults | None = None,
    ) -> None:
        self._registry = registry
        self._subjects = subjects
        self._heartbeat_s = heartbeat_s
        self._clock = clock
        self._faults = faults or Faults()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One connection, from its handshake to its end; 404 for a channel that never was."""
        channel = self._registry.find(request.match_info["channel_id"])
        if channel is None and not self._registry.was(request.match_info["channel_id"]):
            raise web.HTTPNotFound
        ws = web.WebSocketResponse(timeout=_CLOSE_WAIT_S, max_msg_size=_MESSAGE_LIMIT, compress=False)
        await ws.prepare(request)
        if channel is None:
            # What a client of an expired or evicted channel reads (genesys-notifications on PyPI).
            await ws.send_str(_result("404", "error", message="The channel does not exist any more."))
            await ws.close(code=self._registry.evicted_code, message=b"channel is gone")
            return ws
        transport = request.transport
        abort = transport.abort if isinstance(transport, asyncio.WriteTransport) else ws.force_close
        spoilt = scripted.FrameFaults(self._faults)
        await self._converse(channel, StreamSocket(ws, abort, self._silent, spoilt), ws)
        return ws

    async def _converse(self, channel: Channel, socket: StreamSocket, ws: web.WebSocketResponse) -> None:
        socket.next_beat = self._clock() + self._heartbeat_s
        self._registry.attach(channel, socket, self._clock())
        writer = asyncio.create_task(socket.write())
        try:
            if channel.attached is not None:
                channel.attached()
            async for message in ws:
                if message.type is WSMsgType.TEXT:
                    reply = self.reply(channel, message.data)
                    if reply:
                        socket.offer(reply)
        finally:
            self._registry.detach(channel, socket, self._clock())
            writer.cancel()
            await asyncio.gather(writer, return_exceptions=True)

    def reply(self, channel: Channel, text: str) -> str | None:
        """The answer to a client's text frame; None to what is no message (clients keep alive with those)."""
        try:
            message = json.loads(text)
        except (ValueError, RecursionError):
            return None
        if not isinstance(message, dict):
            return None
        if message.get("message") == "ping":
            return PONG
        if message.get("message") == "subscribe":
            return self._subscribed(channel, message)
        return None

    def _subscribed(self, channel: Channel, message: dict[str, Any]) -> str:
        """Subscribe by message (known from genesys-notifications on PyPI; the fields are all it reads)."""
        mark = {"correlationId": message["correlationId"]} if "correlationId" in message else {}
        if self._registry.find(channel.id) is not channel:
            return _result("404", "error", message="The channel does not exist any more.", **mark)
        ids = message.get("topics")
        if not isinstance(ids, list) or not all(isinstance(one, str) for one in ids):
            return _result("400", "error", message="topics must be a list of topic names.", **mark)
        found = answers(ids, self._subjects, channel.rights) if channel.limited else []
        found = scripted.refused(found, self._faults)
        refused = [answer.id for answer in found if not answer.permitted]
        if refused or not channel.limited:
            return _result(
                "400", "failure", message=f"Topics are not permitted: {', '.join(refused)}", **mark
            )
        try:
            self._registry.subscribe(channel, found)
        except TooManyTopics as exc:
            return _result("400", "failure", message=str(exc), **mark)
        self._registry.renew(channel, self._clock())
        return _result("200", "subscribed", **mark)

    def pulse(self) -> None:
        """What is due now: heartbeats, warnings of a close, the ends of channels. Called often, cheap."""
        now = self._clock()
        self._registry.end_due(now)
        for channel in self._registry:
            if isinstance(channel.socket, StreamSocket) and channel.socket.next_beat <= now:
                channel.socket.next_beat += self._heartbeat_s
                if channel.socket.next_beat <= now:  # held up for longer: missed beats are not made up for
                    channel.socket.next_beat = now + self._heartbeat_s
                channel.socket.offer(HEARTBEAT)

    def _silent(self) -> bool:
        return self._clock() < self._registry.silent_until


def _result(result: str, status: str, **more: str) -> str:
    return json.dumps({"result": result, "status": status, **more})
