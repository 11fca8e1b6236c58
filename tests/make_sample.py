"""Writes data/sample, the week that ``gcanalytics.sample()`` opens: ``python tests/make_sample.py [FOLDER]``.

The week comes from the simulator through the client, like any pull. To keep the files small while people
still wait and give up, a part of the demo organisation is simulated: some of its queues, and fewer agents
for fewer calls.
"""

import collections
import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from gcanalytics.client import connect
from gcanalytics.frames.schema import COMPUTED_TABLES
from gcanalytics.simulator import Simulator

ROOT = Path(__file__).parents[1]
QUEUES = ("Support", "Billing", "Sales")
AGENTS = 4  # one of so many of each shift
SETTINGS = {
    "conversations_per_week": 2400,
    "clock_start": "2026-11-18T10:00:00Z",
    "rate_per_minute": 100_000,
    "records_shift": False,
}
WEEK, TZ = "2026-11-09/P7D", "Europe/Warsaw"


def small(organization: dict[str, Any]) -> dict[str, Any]:
    """The organisation with some queues and some agents of each shift; who clears the desk stays."""
    queues = [queue for queue in organization["queues"] if queue["name"] in QUEUES]
    for queue in queues:
        if queue.get("overflow") not in QUEUES:
            queue.pop("overflow", None)
    places: collections.Counter[tuple[str, ...]] = collections.Counter()
    agents = []
    for agent in organization["agents"]:
        agent["queues"] = [name for name in agent["queues"] if name in QUEUES]
        if agent["queues"]:
            place = (agent["shift"], *agent.get("desk", ()))
            if agent.get("leftovers") or places[place] % AGENTS == 0:
                agents.append(agent)
            places[place] += 1
        elif agent.get("guest_desk"):
            agents.append(agent)
    return organization | {"queues": queues, "agents": agents}


def main(folder: Path) -> None:
    """Simulate, pull, write."""
    whole = json.loads((ROOT / "data" / "organization.json").read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "organization.json"
        path.write_text(json.dumps(small(whole)), encoding="utf-8")
        with (
            Simulator(seed=7, days=12, org=path, settings=SETTINGS) as platform,
            connect(
                platform.api, client_id=platform.client_id, client_secret=platform.client_secret, tz=TZ
            ) as client,
        ):
            details = client.conversation_details(WEEK, progress=False)
    shutil.rmtree(folder, ignore_errors=True)
    for file in details.to_parquet(folder):
        if file.stem in COMPUTED_TABLES:
            file.unlink()  # computed again when the sample is opened
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    print(f"{len(details.interactions):,} conversations, {size / 1e6:.2f} MB in {folder}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "data" / "sample")
