"""Random queue observations queries at random instants, against plain counting of the ledger."""

import random
from typing import Any

from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.business.timeline import Timeline
from gcanalytics.simulator.queries.contract import allowed_values, checked
from gcanalytics.simulator.queries.observations import MEDIA, Observations
from gcanalytics.simulator.records.instants import iso
from gcanalytics.simulator.settings import Settings

from . import now_oracle as oracle
from .filter_oracle import holds

START_MS = 1_795_000_000_000  # 2026-11-18T11:06:40Z, a Wednesday
QUERIES = 60
LONGEST = {"oLongestWaiting": "oWaiting", "oLongestInteracting": "oInteracting"}
STATES = ("oWaiting", "oAlerting", "oInteracting")
QUALIFIED = ("oUserPresences", "oUserRoutingStatuses")


def drawn(draw: random.Random, organization: Organization) -> dict[str, Any]:
    def predicate() -> dict[str, Any]:
        if draw.random() < 0.3:
            return {"dimension": "mediaType", "value": draw.choice((*MEDIA, "VOICE", "fax"))}
        if draw.random() < 0.1:
            name = draw.choice(("queueId", "mediaType"))
            return {"dimension": name, "operator": draw.choice(("exists", "notExists"))}
        return {"dimension": "queueId", "value": draw.choice(organization.queues).id}

    kinds = ("and", "or", "or", "or")
    test: dict[str, Any] = {
        "type": draw.choice(kinds),
        "predicates": [predicate() for _ in range(draw.randint(0, 3))],
    }
    if draw.random() < 0.5:
        test["clauses"] = [{"type": draw.choice(kinds), "predicates": [predicate(), predicate()]}]
    names = allowed_values("QueueObservationQuery", "metrics")
    body: dict[str, Any] = {"filter": test, "metrics": draw.sample(names, draw.randint(1, 5))}
    if draw.random() < 0.5:
        body["detailMetrics"] = draw.sample(names, draw.randint(1, 3))
    return body


def counted(rows: list[oracle.Row], metric: str, now_ms: int) -> list[tuple[str | None, int, list[int]]]:
    """Qualifier, count (or age) and the instants of what is counted, of each entry of a metric."""
    if metric in LONGEST:
        since = [row["since"] for row in rows if row["state"] == LONGEST[metric]]
        return [(None, now_ms - min(since), [])] if since else []
    if metric in STATES:
        there = sorted(row["since"] for row in rows if row["state"] == metric)
        return [(None, len(there), there)]
    found: dict[str | None, list[int]] = {} if metric in QUALIFIED else {None: []}
    for row in rows:
        qualifier = oracle.counts_in(row, metric)
        if qualifier is not False:
            key = None if qualifier is True else str(qualifier)
            since_of = "presence_since" if metric == "oUserPresences" else "status_since"
            found.setdefault(key, []).append(row[since_of])
    return [(key, len(there), sorted(there)) for key, there in sorted(found.items(), key=str)]


def expected(
    body: dict[str, Any],
    standing: list[oracle.Row],
    members: list[oracle.Row],
    queue_ids: list[str],
    now_ms: int,
) -> list[Any]:
    """Group, then metric, qualifier, count and instants (None where details were not asked for)."""
    asked = list(dict.fromkeys([*body["metrics"], *body.get("detailMetrics", [])]))
    found = []
    for queue_id in queue_ids:
        for media in (None, *MEDIA):
            group = {"queueId": queue_id} | ({"mediaType": media} if media else {})
            if not holds(body["filter"], group):
                continue
            pool = standing if media else members
            rows = [row for row in pool if all(row[name] == value for name, value in group.items())]
            of_users = media is None
            data = []
            for metric in asked:
                if metric.endswith(("Users", "Presences", "Statuses")) is of_users:
                    for qualifier, count, since in counted(rows, metric, now_ms):
                        details = metric in body.get("detailMetrics", []) and metric not in LONGEST
                        told = list(map(iso, since)) if details and since else None
                        data.append((metric, qualifier, count, told))
            if data:
                found.append((group, data))
    return found


def flat(answer: dict[str, Any]) -> list[Any]:
    found = []
    for result in answer["results"]:
        data = []
        for entry in result["data"]:
            [value] = entry["stats"].values()
            told = (
                [each["observationDate"] for each in entry["observations"]]
                if "observations" in entry
                else None
            )
            assert entry.get("truncated", False) is False
            data.append((entry["metric"], entry.get("qualifier"), value, told))
        found.append((result["group"], data))
    return found


def test_random_queries_at_random_instants_are_plain_counts(organization: Organization) -> None:
    timeline = Timeline(organization, seed=5, settings=Settings(), days=1, start_ms=START_MS)
    observations = Observations(organization, timeline, Settings(observation_details_max=10_000))
    draw = random.Random("observations")
    queue_ids = [queue.id for queue in organization.queues]
    met = 0
    for _ in range(QUERIES):
        now_ms = START_MS + draw.randrange(-8 * 3_600_000, 8 * 3_600_000)
        body = drawn(draw, organization)
        members = oracle.members(organization, timeline, now_ms)
        for row in members:
            status = timeline.agent(row["userId"], now_ms)
            row |= {"status_since": status.since_ms, "presence_since": status.presence_since_ms}
        wanted = expected(body, oracle.all_standing(timeline, now_ms), members, queue_ids, now_ms)
        found = flat(observations.results(checked("QueueObservationQuery", body), now_ms))
        assert found == wanted, body
        met += sum(count for _, data in wanted for _, _, count, _ in data)
    assert met > 1000
