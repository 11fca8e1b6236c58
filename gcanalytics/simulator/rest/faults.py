"""Scripted faults of the simulated platform: the rules, and which request, frame or topic each of them meets.

Set while it runs through ``/simulator/faults``; what becomes of a request is in ``spoiling``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any

import msgspec

REQUEST_ACTIONS: dict[str, frozenset[str]] = {
    # Refuse the request, or end its connection, and execute nothing.
    "status": frozenset({"status", "retry_after"}),
    "redirect": frozenset({"status", "location"}),
    "reset": frozenset(),
    # Execute it, whole.
    "delay": frozenset(),
    "end_tokens": frozenset(),
    "repeat_page": frozenset(),
    # Execute it, then spoil the answer.
    "short_page": frozenset({"records"}),
    "error_body": frozenset({"status"}),
    "content_type": frozenset({"content_type"}),
    "trickle": frozenset({"seconds"}),
    "cut": frozenset({"status"}),
    "drop": frozenset(),
    **{name: frozenset({"status", "retry_after"}) for name in ("empty", "html", "half_body", "double")},
    "gzip": frozenset({"status"}),
}
"""What can become of a request, and which fields say how, beside those that all rules have."""

FRAME_ACTIONS = frozenset({"lose_frame", "malformed_frame", "double_frame", "swap_frames"})
"""What can become of a frame: it is lost, cut in half, sent twice, or sent behind the next one."""

IMMEDIATE_ACTIONS: dict[str, frozenset[str]] = {
    "end_tokens": frozenset(),
    "close_sockets": frozenset({"code"}),
    "silence_sockets": frozenset({"seconds"}),
}
"""What happens at once, and which fields say how. ``end_tokens`` with a match waits for its request."""

_ACTIONS = {*REQUEST_ACTIONS, *FRAME_ACTIONS, *IMMEDIATE_ACTIONS, "refuse_topic"}
_WITHOUT_BODY = frozenset({204, 205, 304})
_Seconds = Annotated[float, msgspec.Meta(ge=0, le=3600)]


class Match(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a rule is about.

    Attributes:
        method: HTTP method, or None for any.
        path_regex: what is searched in a request's path with its query.
        topic_regex: what is searched in the topic's name, for frames and subscriptions; case is none of it.
    """

    method: str | None = None
    path_regex: str = ""
    topic_regex: str = ""


class Rule(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """One scripted fault, as ``POST /simulator/faults`` takes it and ``GET`` shows what is left of it.

    Attributes:
        action: of a request: ``status`` (an error), ``redirect``, ``reset`` (before its body is read) do not
            execute it. ``delay`` only waits; ``end_tokens`` ends all tokens first; ``repeat_page``
            answers page n with page n-1. ``short_page`` leaves records out, ``error_body`` is a 200 with an
            error's body, ``content_type`` names a wrong one, ``trickle`` drips, ``cut`` ends the connection
            in the middle of the body, ``drop`` before its first byte, ``empty``, ``html``, ``half_body``,
            ``double`` and ``gzip`` (announced, and none) replace the body.
            Of a frame: ``lose_frame``, ``malformed_frame``, ``double_frame``, ``swap_frames``.
            ``refuse_topic`` rejects a topic that is asked for. ``close_sockets``, ``silence_sockets`` and
            ``end_tokens`` without a match happen at once.
        match: which requests, frames or topics.
        times: how many of them are left to spoil.
        skip: how many pass before that.
        status: of ``status`` (503 unless told), ``redirect`` (302), ``error_body`` (500, in the body) and of
            spoilt answers where given.
        retry_after: seconds of a ``Retry-After`` header, or None for no header.
        delay_s: real seconds to wait before anything else.
        records: how many records ``short_page`` leaves out.
        location: where ``redirect`` points to.
        content_type: of ``content_type``.
        seconds: how long ``trickle`` drips, or the sockets are silent (60 unless told), in real seconds.
        code: close code of ``close_sockets``.
    """

    action: str = "status"
    match: Match = Match()
    times: Annotated[int, msgspec.Meta(ge=1)] = 1
    skip: Annotated[int, msgspec.Meta(ge=0)] = 0
    status: Annotated[int, msgspec.Meta(ge=200, le=599)] | None = None
    retry_after: _Seconds | None = None
    delay_s: _Seconds = 0.0
    records: Annotated[int, msgspec.Meta(ge=1)] = 1
    location: str = "https://elsewhere.example/"
    content_type: str = "text/plain"
    seconds: _Seconds | None = None
    code: Annotated[int, msgspec.Meta(ge=1000, le=4999)] = 1001

    def matches_request(self, method: str, path: str) -> bool:
        """Whether a request is meant."""
        return self.match.method in (None, method) and re.search(self.match.path_regex, path) is not None

    def matches_topic(self, name: str) -> bool:
        """Whether a topic is meant."""
        return re.search(self.match.topic_regex, name, re.IGNORECASE) is not None

    @property
    def is_immediate(self) -> bool:
        """Whether it happens at once and waits for nothing."""
        waits = self.match != Match() or self.skip or self.times > 1
        return self.action in IMMEDIATE_ACTIONS and not (self.action == "end_tokens" and waits)


def rule_from(sent: dict[str, Any]) -> Rule:
    """A rule from its JSON.

    Raises:
        ValueError: it makes no sense; the text says which field and why.
    """
    try:
        rule = msgspec.convert(sent, Rule, strict=True)
    except msgspec.ValidationError as wrong:
        raise ValueError(str(wrong)) from None
    if rule.action not in _ACTIONS:
        raise ValueError(f"action {rule.action!r} is none of {', '.join(sorted(_ACTIONS))}")
    _check_fields(rule, sent)
    for name in ("path_regex", "topic_regex"):
        try:
            re.compile(getattr(rule.match, name))
        except (re.error, RecursionError, OverflowError) as wrong:
            raise ValueError(f"{name} is no regular expression: {wrong}") from None
    if rule.status in _WITHOUT_BODY:
        raise ValueError(f"status {rule.status} has no body to spoil")
    for name in ("location", "content_type"):
        text = getattr(rule, name)
        if not text.isascii() or not text.isprintable():
            raise ValueError(f"{name} is no header's text")
    return rule


def _check_fields(rule: Rule, sent: dict[str, Any]) -> None:
    """A field that the action does not have is a mistake."""
    counted = {"action", "match", "times", "skip"}
    known = counted | REQUEST_ACTIONS.get(rule.action, frozenset()) | {"delay_s"}
    searched = {"method", "path_regex"}
    if rule.action in FRAME_ACTIONS or rule.action == "refuse_topic":
        known, searched = counted, {"topic_regex"}
    elif rule.is_immediate:
        known, searched = {"action"} | IMMEDIATE_ACTIONS[rule.action], set()
    for name, fields, what in (("", sent, known), ("match.", sent.get("match", {}), searched)):
        strange = sorted(fields.keys() - what)
        if strange:
            raise ValueError(f"{rule.action} takes no {', '.join(name + each for each in strange)}")


class Faults:
    """The script: the first rule that matches is used, and used up after its times."""

    def __init__(self) -> None:
        self._rules: list[Rule] = []

    def add(self, rule: Rule) -> None:
        """Appends a rule."""
        self._rules.append(rule)

    def clear(self) -> None:
        """Forgets all rules."""
        self._rules.clear()

    def left(self) -> list[Rule]:
        """The rules that are not used up, with what is left of their ``times`` and ``skip``."""
        return list(self._rules)

    def take(self, method: str, path: str) -> Rule | None:
        """The fault of a request, counted; None where it passes."""
        if path.startswith("/simulator/"):
            return None
        return self._used(lambda rule: rule.action in REQUEST_ACTIONS and rule.matches_request(method, path))

    def take_frame(self, topic: str) -> str | None:
        """The action on a frame of a topic, counted; None where it passes."""
        rule = self._used(lambda rule: rule.action in FRAME_ACTIONS and rule.matches_topic(topic))
        return None if rule is None else rule.action

    def refuses(self, topic: str) -> bool:
        """Whether a topic that is asked for is refused, counted."""
        return (
            self._used(lambda rule: rule.action == "refuse_topic" and rule.matches_topic(topic)) is not None
        )

    def _used(self, meant: Callable[[Rule], bool]) -> Rule | None:
        for rule in self._rules:
            if not meant(rule):
                continue
            if rule.skip > 0:
                rule.skip -= 1
                continue
            rule.times -= 1
            if rule.times <= 0:
                self._rules.remove(rule)
            return rule
        return None
