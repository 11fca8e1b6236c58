"""The route that scripts faults: ``/simulator/faults``, from this machine only."""

from __future__ import annotations

import inspect
import ipaddress
from typing import Any

import msgspec
from aiohttp import web

from gcanalytics.simulator import answers
from gcanalytics.simulator.rest.faults import Fault
from gcanalytics.simulator.rest.platform import Platform

PATH = "/simulator/faults"


def add_routes(app: web.Application, platform: Platform) -> None:
    """Adds ``/simulator/faults``: POST a list of rules, DELETE to forget them; from this machine only."""

    async def post(request: web.Request) -> web.Response:
        _check_loopback(request)
        try:
            rules = msgspec.json.decode(await request.read(), type=list[dict[str, Any]])
            planned = [rule if _acts_at_once(rule) else Fault.from_rule(rule) for rule in rules]
        except (msgspec.DecodeError, ValueError) as exc:
            raise answers.bad_request(str(exc)) from exc
        for rule in planned:
            if isinstance(rule, Fault):
                platform.faults.add(rule)
            else:
                await _act(platform, rule)
        return answers.json_response({"accepted": len(planned)})

    async def delete(request: web.Request) -> web.Response:
        _check_loopback(request)
        platform.faults.clear()
        return web.Response(status=204)

    app.router.add_post(PATH, post)
    app.router.add_delete(PATH, delete)


def _acts_at_once(rule: dict[str, Any]) -> bool:
    return rule.get("action") in {"close_sockets", "silence_sockets", "end_tokens"}


async def _act(platform: Platform, rule: dict[str, Any]) -> None:
    """Does what is no matter of a request: ends tokens, closes sockets or lets them fall silent."""
    if rule["action"] == "end_tokens":
        platform.access.end_tokens()
        return
    if platform.channels is None:
        raise answers.bad_request("there are no sockets")
    if rule["action"] == "close_sockets":
        done = platform.channels.close_all(int(rule.get("code", 1001)))
    else:
        done = platform.channels.silence(float(rule.get("seconds", 60)))
    if inspect.isawaitable(done):
        await done


def _check_loopback(request: web.Request) -> None:
    if not ipaddress.ip_address(request.remote or "0.0.0.0").is_loopback:
        raise answers.refusal("not.authorized")
