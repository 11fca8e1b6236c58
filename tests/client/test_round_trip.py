"""What the simulated platform sends comes out of the tables again, and out of files made of them."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import gcanalytics.client as gca
from gcanalytics import export
from gcanalytics.details import TABLES, ConversationDetails

DAY = "2026-11-16"
SETTLED_AND_MOVING = [DAY, "2026-11-18"]  # the clock of the simulator stands in the second


@pytest.fixture(scope="module")
def client(simulator: Any) -> Any:
    options = {"client_id": simulator.client_id, "client_secret": simulator.client_secret}
    with gca.connect(simulator.api, tz="UTC", **options) as gc:
        yield gc


@pytest.fixture(scope="module", params=SETTLED_AND_MOVING)
def pages(client: Any, request: pytest.FixtureRequest) -> list[dict[str, Any]]:
    return list(client.conversation_pages(request.param))


def _best_copies(pages: list[dict[str, Any]]) -> dict[str, Any]:
    """One copy of each conversation: the ended one, then the richer, then the later."""

    def richness(record: dict[str, Any]) -> tuple[bool, int]:
        sessions = [session for part in record["participants"] for session in part["sessions"]]
        parts = sum(len(session["segments"]) + len(session.get("metrics", ())) for session in sessions)
        return "conversationEnd" in record, parts

    best: dict[str, Any] = {}
    for page in pages:
        for record in page["conversations"]:
            known = best.get(record["conversationId"])
            if known is None or richness(record) >= richness(known):
                best[record["conversationId"]] = record
    return best


def test_to_records_gives_back_every_simulated_conversation(pages: list[dict[str, Any]]) -> None:
    details = ConversationDetails.from_pages(pages)
    sent = _best_copies(pages)
    assert len(sent) > 500
    found = {record["conversationId"]: record for record in details.to_records()}
    assert found.keys() == sent.keys()
    for conversation_id, record in sent.items():
        assert found[conversation_id] == record
    assert details.report.still_moving == sum("conversationEnd" not in record for record in sent.values())
    assert details.report.duplicates == sum(len(page["conversations"]) for page in pages) - len(sent)


def test_simulated_records_need_no_text_beside_the_columns(pages: list[dict[str, Any]]) -> None:
    details = ConversationDetails.from_pages(pages)
    for table in ("conversations", "participants", "sessions", "segments", "metrics"):
        assert getattr(details, table)["extra_json"].isna().all(), table


def test_a_pull_comes_back_from_parquet_and_its_tables_from_csv(client: Any, tmp_path: Path) -> None:
    details = client.conversation_details(f"{DAY}T09:00/PT2H", media_type="chat")
    details.to_parquet(tmp_path)
    again = ConversationDetails.from_parquet(tmp_path)
    assert again.to_records() == details.to_records()
    written = {path.stem: path for path in details.to_csv(tmp_path)}
    assert written.keys() == set(TABLES) - {"attributes"}
    for table, path in written.items():
        pd.testing.assert_frame_equal(getattr(again, table), getattr(details, table))
        pd.testing.assert_frame_equal(export.read_csv(path), getattr(details, table))


def test_a_pull_to_files_is_the_pull_in_memory(client: Any, simulator: Any, tmp_path: Path) -> None:
    asked: dict[str, Any] = {"interval": "2026-11-15T12:00/2026-11-17T06:00", "media_type": "chat"}
    with simulator.held():  # what follows conversations goes on for days
        report = client.conversation_details_to_parquet(folder=tmp_path, **asked, progress=False)
        details = client.conversation_details(**asked)
    assert report.conversations == details.report.conversations > 300
    assert (report.short_by, report.outside_interval) == (0, details.report.outside_interval)
    again = ConversationDetails.from_parquet(tmp_path)
    assert again.to_records() == details.to_records()
    for table in set(TABLES) - {"attributes"}:
        pd.testing.assert_frame_equal(getattr(again, table), getattr(details, table))


def test_names_stand_beside_ids_and_other_media_are_out_of_scope(client: Any, simulator: Any) -> None:
    details = client.conversation_details(f"{DAY}T09:00/PT2H", media_type="chat")
    assert set(details.legs["queue"]) <= set(simulator.queues)
    assert not (details.handlings["agent"] == details.handlings["userId"]).any()
    assert details.sessions["in_scope"].tolist() == (details.sessions["mediaType"] == "chat").tolist()
