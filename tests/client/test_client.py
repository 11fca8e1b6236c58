"""The client hands every question to the room that answers it."""

import datetime as dt
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest

import gcanalytics.client as gca
from gcanalytics import measures
from gcanalytics.errors import UnknownName
from gcanalytics.frames.schema import INSTANT, TEXT

DAY = "2026-11-16"


@pytest.fixture(scope="module")
def gc(simulator: Any) -> Iterator[gca.Client]:
    with gca.connect(
        simulator.api,
        client_id=simulator.client_id,
        client_secret=simulator.client_secret,
        tz="Europe/Warsaw",
    ) as client:
        yield client


def test_the_lists_are_typed_tables(gc: gca.Client, simulator: Any) -> None:
    queues = gc.queues()
    assert dict(zip(queues["name"], queues["id"], strict=True)) == simulator.queues
    assert queues["voice_sl_target"].notna().any()
    assert (queues["name"].dtype, queues["dateCreated"].dtype) == (TEXT, INSTANT)
    assert len(gc.users()) >= 60
    assert set(gc.users()["state"]) > {"active"}
    for listed in (gc.wrapup_codes(), gc.skills(), gc.divisions()):
        assert {"name", "id"} <= set(listed.columns)
        assert len(listed) >= 2
        assert listed["name"].is_monotonic_increasing


def test_names_of_a_pull_are_those_of_the_lists(gc: gca.Client) -> None:
    handlings = gc.conversation_details("2026-11-16T12:00/PT1H", media_type="voice").handlings
    assert set(handlings["agent"].dropna()) <= set(gc.users()["name"])
    assert set(handlings["queue"].dropna()) <= set(gc.queues()["name"])


def test_performance_and_aggregates_are_in_the_clients_time_zone(gc: gca.Client) -> None:
    performance = gc.queue_performance(DAY, queue=["Billing", "Emergency"], freq="6h")
    assert set(performance["Queue"]) == {"Billing", "Emergency"}
    aggregates = gc.conversation_aggregates(
        DAY, metrics=["nOffered"], group_by=["queueId"], granularity="PT12H", media_type="voice"
    )
    assert {str(start.tz) for start in aggregates["start"]} == {"Europe/Warsaw"}
    assert {start.hour for start in aggregates["start"]} == {0, 12}


def test_observations_are_of_now(gc: gca.Client) -> None:
    observed = gc.queue_observations("Billing")
    assert set(observed["queue"]) == {"Billing"}
    with pytest.raises(UnknownName, match="Billing"):
        gc.queue_observations("Biling")


def test_one_conversation_can_be_drawn(gc: gca.Client) -> None:
    ids = gc.conversation_details("2026-11-16T12:00/PT10M").conversations["conversationId"]
    axes = gc.conversation(ids.iloc[0]).timeline()
    assert axes.get_title() or axes.texts or axes.patches


def test_connecting_loads_no_tables(simulator: Any) -> None:
    code = (
        "import sys, gcanalytics.client as gca;"
        f"gca.connect({simulator.api!r}, client_id={simulator.client_id!r},"
        f" client_secret={simulator.client_secret!r}).close();"
        "print(sorted({'pandas', 'pyarrow', 'matplotlib', 'ipywidgets'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.strip() == "[]"


def test_a_fixed_offset_serves_every_method(gc: gca.Client, simulator: Any) -> None:
    with gca.connect(
        simulator.api,
        client_id=simulator.client_id,
        client_secret=simulator.client_secret,
        tz=dt.timezone(dt.timedelta(hours=1)),  # Warsaw's in winter
    ) as fixed:
        for ours, named in (
            (fixed.queue_performance(DAY, freq="6h"), gc.queue_performance(DAY, freq="6h")),
            (fixed.agent_performance(DAY, freq="D"), gc.agent_performance(DAY, freq="D")),
        ):
            assert str(ours["start"].dt.tz) == "Etc/GMT-1"
            times = {name: named[name].dt.tz_convert("Etc/GMT-1") for name in ("start", "end")}
            pd.testing.assert_frame_equal(ours, named.assign(**times))
        legs = fixed.conversation_details(f"{DAY}T12:00/PT10M", queue="Billing").legs
        assert str(measures.volume(legs, freq="D")["start"].dt.tz) == "Etc/GMT-1"
        fixed.live("Billing").stop()
