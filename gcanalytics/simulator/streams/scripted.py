"""Scripted faults of frames and of subscriptions, where ``rest.faults`` keeps the script."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from gcanalytics.simulator.rest.faults import Faults
from gcanalytics.simulator.streams.subscriptions import Answer

_TOPIC = re.compile(r'"topicName"\s*:\s*"([^"]*)"')


class FrameFaults:
    """What becomes of the frames of one connection.

    Args:
        faults: the script.
    """

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._held: list[str] = []

    def __call__(self, text: str) -> list[str]:
        """What is sent in a frame's place, in order."""
        topic = _TOPIC.search(text)
        action = self._faults.take_frame(topic[1] if topic else "")
        if action == "swap_frames":
            self._held.append(text)
            return []
        if action == "lose_frame":
            sent = []
        elif action == "malformed_frame":
            sent = [text[: len(text) // 2]]
        else:
            sent = [text, text] if action == "double_frame" else [text]
        sent += self._held
        self._held.clear()
        return sent


def refused(found: Iterable[Answer], faults: Faults) -> list[Answer]:
    """The platform's answers for topics, those rejected that the script names."""
    return [
        replace(answer, topics=(), reason="The topic is refused.")
        if answer.permitted and faults.refuses(answer.id)
        else answer
        for answer in found
    ]
