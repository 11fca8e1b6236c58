"""The users' observations and activity queries: queues and statuses of users at this moment. No HTTP here.

An active queue is one that its member is activated in (setting ``queue_joins``), on queue or off: a recorded
activity event of an agent off queue lists his active queues.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gcanalytics.simulator import answers
from gcanalytics.simulator.business.organization import User
from gcanalytics.simulator.business.timeline import AgentStatus, Timeline
from gcanalytics.simulator.queries import filters
from gcanalytics.simulator.queries.activity import each_once
from gcanalytics.simulator.queries.aggregates import dimension_test
from gcanalytics.simulator.queries.contract import allowed_values
from gcanalytics.simulator.queries.user_stretches import JOINED, NOT_JOINED, OFFLINE
from gcanalytics.simulator.records.details import iso

Row = dict[str, Any]
ENTITY = "queueId"
ACTIVE = "oActiveQueues"


class UserNow:
    """Answers both queries.

    Args:
        timeline: what users show now.
        details_max: most details of one group; more are cut to the oldest and the newest half.
        queue_joins: ``kept`` or ``shift``.
    """

    def __init__(self, timeline: Timeline, *, details_max: int, queue_joins: str = "kept") -> None:
        self._timeline = timeline
        self._details_max = details_max
        self._always_joined = queue_joins == "kept"

    def _joined(self, status: AgentStatus) -> bool:
        return self._always_joined or status.system_presence != OFFLINE

    def observations(self, body: Mapping[str, Any], users: Sequence[User], now_ms: int) -> dict[str, Any]:
        """The response body of an observations query: a group for each user that its filter lets through.

        Without metrics it has them all, as in the developer center's example.

        Raises:
            answers.Refusal: 400 for a filter that makes no sense.
        """
        test = dimension_test(body["filter"])
        details = set(body.get("detailMetrics", ()))
        metrics = body.get("metrics") or allowed_values("UserObservationQuery", "metrics")
        metrics = list(dict.fromkeys([*metrics, *body.get("detailMetrics", ())]))
        results = []
        for user in users:
            if test({"userId": user.id}):
                status = self._timeline.agent(user.id, now_ms)
                data = [
                    _observed(name, user, status, joined=self._joined(status), details=name in details)
                    for name in metrics
                ]
                results.append({"group": {"userId": user.id}, "data": data})
        return {"results": results}

    def activity(
        self, body: Mapping[str, Any], users: Sequence[User], now_ms: int, *, size: int, number: int
    ) -> dict[str, Any]:
        """The response body of one page of an activity query.

        Its rows are memberships, a user and one of his queues; groups are pages' units.

        Raises:
            answers.Refusal: 400 without metrics or grouping by user, or for a filter that makes no sense.
        """
        if not body["metrics"]:
            raise answers.missing("metrics")
        if (
            "userId" not in body["groupBy"]
        ):  # as the developer center wants it of users, and queueId of routing
            raise answers.missing("groupBy")
        test = _activity_test(body["filter"]) if "filter" in body else None
        rows = [row for row in self._memberships(users, now_ms) if test is None or test(row)]
        dims = list(dict.fromkeys(body["groupBy"]))
        groups: dict[tuple[str, ...], list[Row]] = {}
        for row in rows:
            groups.setdefault(tuple(str(row.get(name, "")) for name in dims), []).append(row)
        keys = sorted(groups, reverse=body.get("order") == "desc")[(number - 1) * size : number * size]
        metrics = each_once(body["metrics"])
        results = [self._group(dims, key, groups[key], metrics) for key in keys]
        return {"results": results, "entityIdDimension": ENTITY}

    def _memberships(self, users: Iterable[User], now_ms: int) -> list[Row]:
        rows = []
        for user in users:
            status = self._timeline.agent(user.id, now_ms)
            shown = {
                "activityDate": iso(max(status.since_ms, status.presence_since_ms)),
                "userId": user.id,
                "organizationPresenceId": status.presence_id,
                "presenceDate": iso(status.presence_since_ms),
                "queueMembershipStatus": JOINED if self._joined(status) else NOT_JOINED,
                "routingStatus": status.routing_status,
                "routingStatusDate": iso(status.since_ms),
                "systemPresence": status.system_presence,
            }
            rows += [shown | {ENTITY: queue_id} for queue_id in user.queue_ids]
        return rows

    def _group(
        self,
        dims: Sequence[str],
        key: Sequence[str],
        rows: Sequence[Row],
        metrics: Sequence[Mapping[str, Any]],
    ) -> dict[str, Any]:
        data = []
        for metric in metrics:
            active = metric["metric"] == ACTIVE
            counted = (row for row in rows if not active or row["queueMembershipStatus"] == JOINED)
            queues = sorted({row[ENTITY] for row in counted})
            entry: dict[str, Any] = {"metric": metric["metric"], "count": len(queues)}
            data.append(entry | {"entityIds": queues} if metric.get("details") else entry)
        group = {name: value for name, value in zip(dims, key, strict=True) if value}
        body: dict[str, Any] = {"group": group, "data": data}
        if not any(metric.get("details") for metric in metrics):
            return body
        shown = sorted(rows, key=lambda row: (row["activityDate"], row["userId"], row[ENTITY]))
        truncated = len(shown) > self._details_max
        if truncated:
            newest = self._details_max // 2
            shown = [*shown[: self._details_max - newest], *shown[len(shown) - newest :]]
        return body | {"truncated": truncated, "entities": shown}


def _observed(metric: str, user: User, status: AgentStatus, *, joined: bool, details: bool) -> dict[str, Any]:
    """One metric of a user; with details, an observation for each of his queues."""
    count = len(user.queue_ids) if joined or metric != ACTIVE else 0
    body: dict[str, Any] = {"metric": metric, "stats": {"count": count}}
    if not details:
        return body
    since = iso(status.presence_since_ms)
    observations = [{"observationDate": since, "userId": user.id} for _ in range(count)]
    return body | {"truncated": False, "observations": observations}


def _activity_test(each: Mapping[str, Any]) -> Any:
    """The test of an activity filter; dates match as texts of an instant."""

    def predicate(item: Mapping[str, Any]) -> Any:
        if item.get("type", "dimension") != "dimension" or "dimension" not in item:
            raise answers.refusal("bad.request")
        return filters.predicate_test(item, lambda row: [row.get(item["dimension"])])

    return filters.tree(each, predicate)
