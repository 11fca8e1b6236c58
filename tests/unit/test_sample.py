"""The sample week: small, whole, and worth looking at."""

from pathlib import Path

import pandas as pd
import pytest

from gcanalytics import charts, measures
from gcanalytics.details import ConversationDetails
from gcanalytics.sample_week import sample

FOLDER = Path(__file__).parents[2] / "data" / "sample"


@pytest.fixture(scope="module")
def week() -> ConversationDetails:
    return sample()


def test_the_sample_is_a_week_with_names(week: ConversationDetails) -> None:
    assert week.report.interval == "2026-11-08T23:00:00.000Z/2026-11-15T23:00:00.000Z"
    assert week.report.tz == "Europe/Warsaw"
    assert 2000 < len(week.interactions) < 3000
    assert sorted(week.legs["queue"].unique()) == ["Billing", "Sales", "Support"]
    assert set(week.legs["mediaType"]) == {"voice", "chat", "message", "email", "callback"}
    assert not week.report.warnings


def test_something_happens_in_it(week: ConversationDetails) -> None:
    total = measures.summary(week.legs, week.handlings, by=None).loc[0]
    assert total["offered"] == total[["answered", "abandoned", "flow_out", "open"]].sum()
    assert 0.03 < total["abandon_rate"] < 0.2
    assert 0.6 < total["service_level"] < 0.95
    assert total["aht_s"] > 60
    assert set(week.handlings["transfer"]) == {"none", "blind", "consult"}
    assert (week.handlings["result"] == "no_answer").any()


def test_its_charts_draw(week: ConversationDetails) -> None:
    assert "Europe/Warsaw" in charts.offered(week.legs).get_xlabel()
    longest = week.transfers["conversationId"].value_counts().index[0]
    assert len(week.timeline(longest).get_yticklabels()) > 3


def test_a_compact_pull_has_the_same_figures(week: ConversationDetails) -> None:
    compact = week.compact()
    answered = compact.legs[compact.legs["outcome"] == "answered"].dropna(axis="columns", how="all")
    assert measures.service_level(answered, by=None)["numerator"].sum() > 0
    assert measures.abandon_rate(answered, by=None)["abandoned"].tolist() == [0]
    whole, same = (
        measures.summary(pull.legs, pull.handlings, by="queue", freq="D") for pull in (week, compact)
    )
    pd.testing.assert_frame_equal(whole, same)
    assert charts.waits(answered).get_title(loc="left") == "How long people waited"
    assert charts.service_level(answered).get_title(loc="left") == "Service level"


def test_it_stays_small() -> None:
    size = sum(file.stat().st_size for file in FOLDER.rglob("*"))
    assert size < 2_000_000
