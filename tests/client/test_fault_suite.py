"""Every scripted fault alone and in mixtures: what comes equals an undisturbed answer, or the report or an
error says what is missing.

The platform's business time stands still, so that two undisturbed answers are the same.
"""

import random
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd
import pytest

import gcanalytics.client as gca
from gcanalytics import errors
from gcanalytics.api.paging import entities
from gcanalytics.api.users import all_user_details
from gcanalytics.details import ConversationDetails
from gcanalytics.frames.users import stretches
from gcanalytics.simulator import Simulator
from gcanalytics.transport.retry import RetryPolicy

from .comparing import assert_only_missing, assert_same_tables, tables_of

INTERVAL = "2026-11-17"
DAY = "2026-11-17T00:00:00.000Z/2026-11-18T00:00:00.000Z"
QUICK = RetryPolicy(max_time_s=30, first_wait_s=0.01, longest_wait_s=0.05)
MIXTURES = 200
ONCE = pytest.mark.fixed_settings(reason="ten mixtures are enough for each of the other settings")


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    settings = {"rate_per_minute": 1_000_000, "clock_start": "2026-11-18T10:00:00Z"}
    with Simulator(seed=5, days=3, speed=1e-6, settings=settings) as running:
        yield running


def connected(simulator: Simulator, **options: Any) -> gca.Client:
    return gca.connect(
        simulator.api,
        client_id=simulator.client_id,
        client_secret=simulator.client_secret,
        retry=QUICK,
        **options,
    )


@pytest.fixture(scope="module")
def shared(simulator: Simulator) -> Iterator[gca.Client]:
    with connected(simulator) as client:
        client.directory.names()
        yield client


@pytest.fixture
def gc(shared: gca.Client, simulator: Simulator) -> Iterator[gca.Client]:
    yield shared
    simulator.faults([])


def pulled(gc: gca.Client) -> ConversationDetails:
    details = gc.conversation_details(INTERVAL, media_type="chat", page_size=60)
    assert details.report.pages >= 10
    return details


def pull(gc: gca.Client) -> dict[str, pd.DataFrame]:
    details = pulled(gc)
    assert details.report.short_by == 0
    return tables_of(details)


def aggregates(gc: gca.Client) -> dict[str, pd.DataFrame]:
    table = gc.conversation_aggregates(
        "2026-11-17", metrics=["nOffered", "tHandle", "tAbandon"], group_by="queueId", granularity="PT6H"
    )
    assert len(table) > 40
    return {"aggregates": table}


def agents(gc: gca.Client) -> dict[str, pd.DataFrame]:
    table = gc.agent_performance("2026-11-17", queue="Support")
    assert len(table) > 5
    return {"agents": table}


def observed(gc: gca.Client) -> dict[str, pd.DataFrame]:
    table = gc.queue_observation_details(["Support", "Billing"])
    assert len(table) > 3
    return {"details": table}


def agents_queues(gc: gca.Client) -> dict[str, pd.DataFrame]:
    table = gc.user_observations()
    assert len(table) > 100
    return {"observations": table}


def lists(gc: gca.Client) -> dict[str, pd.DataFrame]:
    return {
        name: getattr(gc, name)(refresh=True)
        for name in ("queues", "users", "wrapup_codes", "skills", "divisions")
    }


def pages_of_users(gc: gca.Client) -> dict[str, pd.DataFrame]:
    """The loop behind every list, over more pages than the demo organisation has."""
    table = pd.DataFrame(entities(gc.rest, "/api/v2/users", page_size=7))
    assert len(table) > 35
    return {"users": table.sort_values("id", ignore_index=True)}


def pages_of_members(gc: gca.Client) -> dict[str, pd.DataFrame]:
    queue_id = gc.directory.queue_ids("Support")[0]
    path = f"/api/v2/routing/queues/{queue_id}/members"
    table = pd.DataFrame(entities(gc.rest, path, page_size=3, params={"expand": "routingStatus"}))
    assert len(table) > 9
    return {"members": table.sort_values("id", ignore_index=True)}


def pages_of_statuses(gc: gca.Client) -> dict[str, pd.DataFrame]:
    """The loop behind the agents' status history; a caller is told by ``short_by`` what stayed away."""
    walk = all_user_details(gc.rest, DAY, page_size=15)
    if walk.short_by:
        raise errors.IncompletePull(
            f"Short by {walk.short_by}.", path="/api/v2/analytics/users/details/query"
        )
    table = stretches(walk.records)
    assert walk.pages > 4
    assert len(table) > 500
    order = ["userId", "kind", "startTime"]
    return {"statuses": table.sort_values(order, ignore_index=True)}


def one_conversation(gc: gca.Client) -> dict[str, pd.DataFrame]:
    if not ONE:
        ONE.extend(gc.conversation_details("2026-11-17T10:00/PT10M").conversations["conversationId"])
    return tables_of(gc.conversation(ONE[0]))


Read = Callable[[gca.Client], dict[str, pd.DataFrame]]
READS: dict[Read, str] = {
    pull: "POST .*/conversations/details/query",
    aggregates: "POST .*/conversations/aggregates/query",
    agents: "POST .*/users/aggregates/query",
    observed: "POST .*/queues/observations/query",
    agents_queues: "POST .*/users/observations/query",
    pages_of_users: "GET .*/users",
    pages_of_members: "GET .*/members",
    pages_of_statuses: "POST .*/users/details/query",
    one_conversation: "GET .*/conversations/[^/]*/details",
}
PAGED = {pull, pages_of_users, pages_of_members, pages_of_statuses}
ONE: list[str] = []
OUTCOMES: list[str] = []
UNDISTURBED: dict[Read, dict[str, pd.DataFrame]] = {}


def undisturbed(read: Read, gc: gca.Client) -> dict[str, pd.DataFrame]:
    if read not in UNDISTURBED:
        UNDISTURBED[read] = read(gc)
        assert_same_tables(read(gc), UNDISTURBED[read])
    return UNDISTURBED[read]


def meant(read: Read) -> dict[str, str]:
    method, path = READS[read].split(" ")
    return {"method": method, "path_regex": path}


def named(value: Any) -> str:
    if callable(value):
        return str(value.__name__)
    return "-".join(str(each) for each in value.values()) if isinstance(value, dict) else ""


HEALING: list[dict[str, Any]] = [
    {"action": "status", "status": 429, "retry_after": 0.05},
    {"action": "status", "status": 429},
    {"action": "status", "status": 503, "retry_after": 0.05},
    {"action": "status", "status": 503},
    {"action": "status", "status": 502},
    {"action": "status", "status": 504},
    {"action": "status", "status": 408},
    {"action": "status", "status": 401},
    {"action": "end_tokens", "times": 1},
    {"action": "cut"},
    {"action": "drop"},
    {"action": "reset"},
    {"action": "empty"},
    {"action": "html"},
    {"action": "html", "status": 502},
    {"action": "half_body"},
    {"action": "double"},
    {"action": "gzip"},
    {"action": "error_body"},
    {"action": "error_body", "status": 429},
    {"action": "content_type"},
    {"action": "content_type", "content_type": "text/html; charset=utf-16"},
    {"action": "trickle", "seconds": 0.3},
    {"action": "delay", "delay_s": 0.1},
]


@ONCE
@pytest.mark.parametrize("fault", HEALING, ids=named)
@pytest.mark.parametrize("read", READS, ids=named)
def test_a_passing_fault_changes_nothing(
    gc: gca.Client, simulator: Simulator, read: Read, fault: dict[str, Any]
) -> None:
    expected = undisturbed(read, gc)
    in_a_row = 1 if read is not pull or fault.get("status") in {401, 429} else 3
    left = simulator.faults(
        [{"times": in_a_row, **fault, "skip": 2 if read in PAGED else 0, "match": meant(read)}]
    )
    assert len(left) == 1
    assert_same_tables(read(gc), expected)
    assert simulator.faults() == []


@pytest.mark.parametrize(
    "fault",
    [{"action": "repeat_page"}, {"action": "short_page"}, {"action": "short_page", "records": 40}],
    ids=named,
)
@pytest.mark.parametrize("times", [1, 2, 3])
@pytest.mark.parametrize("read", PAGED, ids=named)
def test_a_page_that_is_repeated_or_short_for_a_while_changes_nothing(
    gc: gca.Client, simulator: Simulator, read: Read, times: int, fault: dict[str, Any]
) -> None:
    expected = undisturbed(read, gc)
    for skip in (0, 3):
        simulator.faults([{**fault, "times": times, "skip": skip, "match": meant(read)}])
        assert_same_tables(read(gc), expected)
        assert simulator.faults() == []


def test_an_answer_that_comes_too_late_is_asked_for_again(gc: gca.Client, simulator: Simulator) -> None:
    expected = undisturbed(pull, gc)
    with connected(simulator, timeout_s=(5.0, 0.5)) as hasty:
        simulator.faults([{"action": "delay", "delay_s": 0.8, "times": 2, "match": meant(pull)}])
        assert_same_tables(pull(hasty), expected)
        assert hasty.rest.retries >= 2


def test_records_that_never_come_are_counted_in_the_report(gc: gca.Client, simulator: Simulator) -> None:
    whole = pulled(gc)
    simulator.faults([{"action": "short_page", "records": 2, "times": 1000, "match": meant(pull)}])
    short = pulled(gc)
    assert short.report.short_by == 2 * (whole.report.pages - 1)
    assert_only_missing(short, whole, missing=short.report.short_by)
    assert "Short by" in repr(short)
    assert set(short.legs.attrs) >= {"short_by"}


def test_entities_that_never_come_are_said(gc: gca.Client, simulator: Simulator) -> None:
    simulator.faults([{"action": "short_page", "times": 1000, "match": meant(pages_of_users)}])
    with pytest.raises(errors.IncompletePull, match=r"lists \d+ of \d+ entities of /api/v2/users"):
        pages_of_users(gc)
    with pytest.warns(UserWarning, match=r"not whole.*lists \d+ of \d+ entities of /api/v2/users"):
        gc.users(refresh=True)


REFUSING: list[tuple[dict[str, Any], type[errors.GenesysError], int]] = [
    ({"action": "status", "status": 400}, errors.ApiError, 400),
    ({"action": "status", "status": 403}, errors.PermissionDenied, 403),
    ({"action": "status", "status": 404}, errors.ApiError, 404),
    ({"action": "status", "status": 409}, errors.ApiError, 409),
    ({"action": "status", "status": 413}, errors.ApiError, 413),
    ({"action": "status", "status": 415}, errors.ApiError, 415),
    ({"action": "status", "status": 500}, errors.ApiError, 500),
    ({"action": "status", "status": 429, "retry_after": 60}, errors.RateLimited, 429),
    ({"action": "status", "status": 401, "times": 1000}, errors.AuthenticationError, 401),
    ({"action": "redirect"}, errors.ApiError, 302),
    ({"action": "redirect", "status": 307}, errors.ApiError, 307),
    ({"action": "html", "times": 1000}, errors.ApiError, 200),
    ({"action": "empty", "times": 1000}, errors.ApiError, 200),
    ({"action": "half_body", "times": 1000}, errors.ApiError, 200),
    ({"action": "double", "times": 1000}, errors.ApiError, 200),
    ({"action": "error_body", "times": 1000}, errors.ApiError, 200),
]


@ONCE
@pytest.mark.parametrize(("fault", "kind", "status"), REFUSING, ids=named)
@pytest.mark.parametrize("read", READS, ids=named)
def test_a_refusal_is_one_error_with_its_whereabouts(
    gc: gca.Client,
    simulator: Simulator,
    read: Read,
    fault: dict[str, Any],
    kind: type[errors.GenesysError],
    status: int,
) -> None:
    simulator.faults([{**fault, "skip": 1 if read in PAGED else 0, "match": meant(read)}])
    with pytest.raises(kind) as refused:
        read(gc)
    error = refused.value
    assert (error.status, error.method) == (status, READS[read].split(" ")[0])
    assert (error.path or "").startswith("/api/v2/")
    assert error.correlation_id
    assert error.__cause__ is None
    for secret in (simulator.client_secret, "Bearer"):
        assert secret not in str(error)


def mixture(draw: random.Random) -> list[dict[str, Any]]:
    """One to six faults, each of some requests of some kind."""
    rules = []
    for _ in range(draw.randint(1, 6)):
        fault: dict[str, Any] = dict(
            draw.choice(
                [
                    *HEALING,
                    {"action": "repeat_page"},
                    {"action": "repeat_page"},
                    {"action": "short_page"},
                    {"action": "short_page", "records": 7},
                    *(one for one, _, _ in REFUSING if draw.random() < 0.15),
                ]
            )
        )
        if draw.random() < 0.2 and fault["action"] not in {"end_tokens", "delay"}:
            fault["delay_s"] = 0.05
        path = draw.choice(
            ["", "", "conversations/details/query", "details/query", "/users", "aggregates", "oauth"]
        )
        often = {"times": draw.choice([1, 1, 2, 3, 5, 60]), "skip": draw.randint(0, 20)}
        rules.append({**fault, **often, "match": {"path_regex": path}})
    return rules


@pytest.fixture(scope="module")
def whole(shared: gca.Client) -> ConversationDetails:
    return pulled(shared)


@pytest.mark.parametrize(
    "seed", [*range(10), *(pytest.param(seed, marks=ONCE) for seed in range(10, MIXTURES))]
)
def test_under_a_mixture_of_faults_nothing_is_silently_different(
    shared: gca.Client, simulator: Simulator, whole: ConversationDetails, seed: int
) -> None:
    reads = (aggregates, pages_of_users, *{0: (lists,), 1: (pages_of_statuses,)}.get(seed % 4, ()))
    expected = {read: undisturbed(read, shared) for read in reads}
    draw = random.Random(seed)
    rules = mixture(draw)
    with connected(simulator) as gc:
        simulator.faults(rules)
        try:
            OUTCOMES.append(_pull_says_what_it_lacks(gc, whole))
            for read, tables in expected.items():
                _same_or_said(gc, read, tables)
        finally:
            simulator.faults([])


def test_most_mixtures_heal() -> None:
    """Or the test before this one would prove little."""
    if len(OUTCOMES) < MIXTURES:
        pytest.skip("not all mixtures ran")
    assert OUTCOMES.count("whole") > MIXTURES / 2
    assert "error" in OUTCOMES


def _pull_says_what_it_lacks(gc: gca.Client, whole: ConversationDetails) -> str:
    """The pull's outcome: whole, short, or an error."""
    try:
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            details = pulled(gc)
    except errors.GenesysError:
        return "error"
    if said:
        # Names are shown beside ids; where a list of them came in part, ids stand in their place.
        assert all("not whole" in str(one.message) or "cannot be read" in str(one.message) for one in said)
        assert details.to_records() == whole.to_records() or details.report.short_by
        return "nameless"
    if details.report.short_by == 0:
        assert_same_tables(tables_of(details), tables_of(whole))
        return "whole"
    assert_only_missing(details, whole, missing=details.report.short_by)
    return "short"


def _same_or_said(gc: gca.Client, read: Read, expected: dict[str, pd.DataFrame]) -> None:
    try:
        found = read(gc)
    except (errors.GenesysError, UserWarning):
        return
    assert_same_tables(found, expected)
