"""The route that scripts faults: ``/simulator/faults``, from this machine only."""

from __future__ import annotations

import ipaddress
from typing import Any

import msgspec
from aiohttp import web

from gcanalytics.simulator import answers
from gcanalytics.simulator.rest.faults import Rule, rule_from
from gcanalytics.simulator.rest.platform import Platform

PATH = "/simulator/faults"
_SILENT_S = 60.0


def add_routes(app: web.Application, platform: Platform) -> None:
    """Adds ``/simulator/faults``, from this machine only.

    POST takes a list of rules, all of them or none: 400 says which makes no sense, and why. GET lists what is
    left of them, as POST takes them. DELETE forgets them.
    """

    async def get(request: web.Request) -> web.Response:
        check_loopback(request)
        return answers.json_response(platform.faults.left())

    async def post(request: web.Request) -> web.Response:
        check_loopback(request)
        rules = _rules(await request.read())
        if platform.channels is None and any(rule.action.endswith("_sockets") for rule in rules):
            raise answers.bad_request("there are no sockets")
        for rule in rules:
            if rule.is_immediate:
                _act(platform, rule)
            else:
                platform.faults.add(rule)
        return answers.json_response({"accepted": len(rules)})

    async def delete(request: web.Request) -> web.Response:
        check_loopback(request)
        platform.faults.clear()
        return web.Response(status=204)

    app.router.add_get(PATH, get, allow_head=False)
    app.router.add_post(PATH, post)
    app.router.add_delete(PATH, delete)


def _rules(content: bytes) -> list[Rule]:
    try:
        sent = msgspec.json.decode(content, type=list[dict[str, Any]])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        raise answers.bad_request(f"a list of rules is due: {exc}") from exc
    rules = []
    for number, each in enumerate(sent, start=1):
        try:
            rules.append(rule_from(each))
        except ValueError as exc:
            raise answers.bad_request(f"rule {number}: {exc}") from exc
    return rules


def _act(platform: Platform, rule: Rule) -> None:
    """Does what waits for no request: ends tokens, closes sockets or lets them fall silent."""
    if rule.action == "end_tokens":
        platform.access.end_tokens()
    elif rule.action == "close_sockets":
        platform.channels.close_all(rule.code)
    else:
        platform.channels.silence(_SILENT_S if rule.seconds is None else rule.seconds)


def check_loopback(request: web.Request) -> None:
    """Refuse with 403 whoever asks from elsewhere."""
    if not ipaddress.ip_address(request.remote or "0.0.0.0").is_loopback:
        raise answers.refusal("not.authorized")
