"""Routes of conversation details: the query, one and many by id. Finding is `detail_results`' work."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from aiohttp import web

from gcanalytics.simulator import answers
from gcanalytics.simulator.business.ledger import Conversation
from gcanalytics.simulator.queries import filters
from gcanalytics.simulator.queries.detail_results import DetailResults, Page
from gcanalytics.simulator.queries.divisions import Divisions, reached
from gcanalytics.simulator.queries.intervals import DAY_MS, Interval
from gcanalytics.simulator.records import details
from gcanalytics.simulator.records.conversation_frames import full
from gcanalytics.simulator.records.picture import Picture, picture
from gcanalytics.simulator.rest import listing
from gcanalytics.simulator.rest.bodies import read_body
from gcanalytics.simulator.rest.platform import Platform

DEFAULT_PAGE_SIZE = 25
UNFILTERED_DAYS, FILTERED_DAYS = 7, 31
"""Longest intervals (developer.genesys.cloud, analytics detail);
the 31-day text is recorded, the other made like it."""
DEEPEST = 100_000
TOO_DEEP = (
    "Pagination may not exceed 100000 results.\n\nTip: When extracting large chunks of data (multiple "
    "days/weeks), maximize pagination performance by querying in smaller intervals. For example, paging "
    "through 1am-2am, then 2am-3am, then 3am-4am, and so forth will outperform paging through one large "
    "interval that covers the same time frame."
)
"""Recorded live by a log collector's maintainers."""
IDS_AT_ONCE = 100


def checked_interval(body: Mapping[str, Any], fields: Sequence[str] = filters.FILTER_FIELDS) -> Interval:
    """The interval of a details query, within the platform's caps.

    Args:
        body: the checked body.
        fields: where its filters stand, which lift the cap.

    Raises:
        answers.Refusal: 400.
    """
    interval = Interval.parse(body["interval"])
    filtered = any(body.get(name) for name in fields)
    most = FILTERED_DAYS if filtered else UNFILTERED_DAYS
    if interval.length_ms > most * DAY_MS:
        raise answers.bad_request(
            f"You must specify a search interval as part of your query that does not exceed {most} days."
        )
    return interval


def checked_paging(body: Mapping[str, Any], largest: int) -> tuple[int, int]:
    """Page size and number of a details query.

    Raises:
        answers.Refusal: 400 for sizes above ``largest``, numbers below 1 and pages beyond the deepest.
    """
    paging = body.get("paging", {"pageSize": DEFAULT_PAGE_SIZE, "pageNumber": 1})
    size, number = paging["pageSize"], paging["pageNumber"]
    if not 1 <= size <= largest:
        raise answers.invalid_value(size, "pageSize", f"1 to {largest}")
    if number < 1:
        raise answers.invalid_value(number, "pageNumber", "1 and above")
    if size * number > DEEPEST:
        raise answers.bad_request(TOO_DEEP)
    return size, number


def query_body(page: Page, *, past_last_page: str) -> bytes:
    """The JSON of a page; one without conversations has no such key."""
    if not page.records:
        return b"{}" if past_last_page == "{}" else b'{"totalHits":%d}' % page.total_hits
    counts = b',"aggregations":' + msgspec.json.encode(page.counts) if page.counts else b""
    return b'{"conversations":[%b]%b,"totalHits":%d}' % (b",".join(page.records), counts, page.total_hits)


def conversation_body(seen: Picture) -> dict[str, Any]:
    """``GET /api/v2/conversations/{id}``: the topic's full shape with the REST model's own fields."""
    body = full(seen)
    body["startTime"] = details.iso(seen.conversation.started_ms)
    if seen.ended_ms is not None:
        body["endTime"] = details.iso(seen.ended_ms)
    if "recordingState" in body:
        # The model's enum is in upper case here, in lower case in the topic.
        body["recordingState"] = body["recordingState"].upper()
    for participant in body["participants"]:
        if "conversationRoutingData" in participant:
            # Here the queue is an AddressableEntityRef, without the name that the topic gives it.
            participant["conversationRoutingData"]["queue"].pop("name", None)
    return body | {"selfUri": f"/api/v2/conversations/{seen.conversation.id}"}


def add_routes(app: web.Application, platform: Platform) -> None:
    """Adds the routes of conversation details."""
    results = DetailResults(platform.timeline, platform.settings, seed=platform.seed)
    prefix = "/api/v2/analytics/conversations"
    app.router.add_post(f"{prefix}/details/query", _query(platform, results))
    app.router.add_get(f"{prefix}/details", _many(platform))
    app.router.add_get(f"{prefix}/{{conversation_id}}/details", _one(platform))
    app.router.add_get("/api/v2/conversations/{conversation_id}", _conversation(platform))


def _query(platform: Platform, results: DetailResults) -> Any:
    settings = platform.settings

    def answer(body: Mapping[str, Any], divisions: Divisions) -> bytes:
        interval = checked_interval(body)
        size, number = checked_paging(body, settings.page_size_max)
        now_ms = platform.clock.now_ms()
        page = results.page(body, interval, size=size, number=number, now_ms=now_ms, divisions=divisions)
        return query_body(page, past_last_page=settings.past_last_page)

    async def query(request: web.Request) -> web.Response:
        body = await read_body(request, "ConversationQuery", unknown_fields=settings.unknown_request_fields)
        return answers.json_response(await platform.run(answer, body, platform.divisions()))

    return query


_DETAIL = "analytics:conversationDetail:view"
_COMMUNICATION = "conversation:communication:view"


def _find(
    platform: Platform, conversation_id: str, divisions: Divisions, permission: str
) -> Conversation | None:
    """A conversation that has begun, or None where there is no such one yet.

    Raises:
        answers.Refusal: it lies in divisions that the client does not see.
    """
    now_ms = platform.clock.now_ms()
    conversation = platform.timeline.conversation(conversation_id)
    if conversation is None or conversation.started_ms > now_ms:
        return None
    if divisions is not None:
        ids = picture(conversation, now_ms, platform.settings).division_ids
        if not reached(divisions, ids, platform.settings.division_match):
            raise platform.unseen(permission, ids)
    return conversation


def _encoded(platform: Platform, conversation_id: str, divisions: Divisions) -> bytes | None:
    """A record's JSON, or None where there is no such conversation yet."""
    found = _find(platform, conversation_id, divisions, _DETAIL)
    return None if found is None else details.encoded(found, platform.clock.now_ms(), platform.settings)


def _one(platform: Platform) -> Any:
    async def one(request: web.Request) -> web.Response:
        conversation_id = request.match_info["conversation_id"]
        found = await platform.run(_encoded, platform, conversation_id, platform.divisions())
        if found is None:
            raise answers.refusal("not.found")
        return answers.json_response(found)

    return one


def _many(platform: Platform) -> Any:
    def encoded(ids: list[str], divisions: Divisions) -> bytes:
        found = []
        for each in dict.fromkeys(ids):
            with contextlib.suppress(answers.Refusal):
                found.append(_encoded(platform, each, divisions))
        return b'{"conversations":[%b]}' % b",".join(each for each in found if each is not None)

    async def many(request: web.Request) -> web.Response:
        ids = listing.several(request, "id")
        if not ids or len(ids) > IDS_AT_ONCE:
            raise answers.refusal("bad.request")
        return answers.json_response(await platform.run(encoded, ids, platform.divisions()))

    return many


def _conversation(platform: Platform) -> Any:
    def body_of(conversation_id: str, divisions: Divisions) -> dict[str, Any] | None:
        found = _find(platform, conversation_id, divisions, _COMMUNICATION)
        if found is None:
            return None
        return conversation_body(picture(found, platform.clock.now_ms(), platform.settings))

    async def conversation(request: web.Request) -> web.Response:
        body = await platform.run(body_of, request.match_info["conversation_id"], platform.divisions())
        if body is None:
            raise answers.refusal("not.found")
        return answers.json_response(body)

    return conversation
