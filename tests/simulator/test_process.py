"""The simulator as a child process: its ready line, its end, its faults over loopback."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gcanalytics.simulator import Simulator, SimulatorError
from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.process import _client
from gcanalytics.simulator.rest.oauth_clients import OAuthClient
from gcanalytics.simulator.rest.permissions import KNOWN

FAST = {"clock_start": "2026-11-18T10:00:00Z"}
DEADLINE_S = 15.0


@pytest.fixture(scope="module")
def running() -> Iterator[Simulator]:
    with Simulator(days=1, settings=FAST) as child:
        yield child


def get(simulator: Simulator, path: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(simulator.api + path, timeout=DEADLINE_S) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def gone(pid: int) -> bool:
    """Whether a process ends within the deadline."""
    try:
        process = psutil.Process(pid)
        process.wait(DEADLINE_S)
    except psutil.NoSuchProcess:
        return True
    except psutil.TimeoutExpired:
        return False
    return True


def start(*options: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "gcanalytics.simulator", "--days=1", *options]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def test_the_ready_line_tells_all_that_a_client_needs() -> None:
    process = start("--set=clock_start=2026-11-18T10:00:00Z")
    assert process.stdout is not None
    ready = json.loads(process.stdout.readline())
    process.communicate(timeout=DEADLINE_S)
    assert list(ready) == [
        "api",
        "client_id",
        "client_secret",
        "organization_id",
        "deployment_id",
        "deployments",
        "queues",
        "clients",
    ]
    assert ready["api"].startswith("http://127.0.0.1:")
    assert len(ready["queues"]) >= 6
    assert process.returncode == 0


def test_a_simulator_gives_the_environment_of_a_client(running: Simulator) -> None:
    assert running.environment() == {
        "GENESYSCLOUD_REGION": running.api,
        "GENESYSCLOUD_OAUTHCLIENT_ID": running.client_id,
        "GENESYSCLOUD_OAUTHCLIENT_SECRET": running.client_secret,
        "GCANALYTICS_ORGANIZATION_ID": running.organization_id,
        "GCANALYTICS_DEPLOYMENT_ID": running.deployment_id,
    }
    assert running.client_secret not in repr(running)


def test_further_clients_have_credentials_of_their_own_and_may_less() -> None:
    clients = {"reader": {"permissions": ["routing:queue:view"], "divisions": ["Customer Care"]}, "guest": {}}
    with Simulator(days=1, settings=FAST, clients=clients) as child:
        reader = child.clients["reader"]
        assert set(child.clients) == {"reader", "guest"}
        assert len({reader.client_id, child.clients["guest"].client_id, child.client_id}) == 3
        assert reader.client_secret not in repr(reader)
        assert child.environment("reader")["GENESYSCLOUD_OAUTHCLIENT_SECRET"] == reader.client_secret
        assert queues_status(child, reader.client_id, reader.client_secret) == 200
        guest = child.clients["guest"]
        assert queues_status(child, guest.client_id, guest.client_secret) == 403


def queues_status(simulator: Simulator, client_id: str, secret: str) -> int:
    """Status of the list of queues with a client's own token."""
    form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}
    with urllib.request.urlopen(
        f"{simulator.api}/oauth/token", urllib.parse.urlencode(form).encode(), timeout=DEADLINE_S
    ) as answer:
        token = json.load(answer)["access_token"]
    request = urllib.request.Request(
        f"{simulator.api}/api/v2/routing/queues", headers={"Authorization": f"Bearer {token}"}
    )
    try:
        with urllib.request.urlopen(request, timeout=DEADLINE_S) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


@pytest.mark.parametrize("name", ["a=b", "a@b", "a,b", " "])
def test_a_client_whose_name_cannot_be_carried_is_refused_before_anything_starts(name: str) -> None:
    with pytest.raises(ValueError, match="without"):
        Simulator(clients={name: {}})
    with pytest.raises(ValueError, match="without"):
        Simulator(clients={"reader": {"divisions": [name]}})


def test_a_client_with_an_unknown_right_is_refused_before_anything_starts() -> None:
    with pytest.raises(ValueError, match="no roles"):
        Simulator(clients={"reader": {"roles": ["admin"]}})


NAMES = st.text(st.characters(codec="utf-8", exclude_characters="=@,"), min_size=1).filter(str.strip)


@given(NAMES, st.sets(st.sampled_from(sorted(KNOWN))), st.booleans())
def test_a_client_reads_back_as_it_was_given(
    organization: Organization, name: str, permissions: set[str], narrowed: bool
) -> None:
    divisions = organization.divisions[1:3] if narrowed else ()
    text = _client(name, {"permissions": sorted(permissions), "divisions": [each.name for each in divisions]})
    client = OAuthClient.parsed(text, organization)
    assert (client.name, client.permissions) == (name.strip(), frozenset(permissions))
    assert client.divisions == (frozenset(each.id for each in divisions) or None)


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("--client=reader=routing:queue:veiw", "routing:queue:view"),
        ("--client=reader=@Atlantis", "Customer Care"),
        ("--client=reader", "is no NAME="),
    ],
)
def test_a_client_that_cannot_be_ends_the_command_with_words(option: str, words: str) -> None:
    process = start(option)
    _, said = process.communicate(timeout=DEADLINE_S)
    assert process.returncode == 2
    assert words in said.decode()


def test_the_child_answers_and_ends_with_the_block() -> None:
    with Simulator(days=1, settings=FAST) as child:
        pid = child.pid
        assert get(child, "/api/v2/routing/queues")[0] == 401
    assert gone(pid)
    with pytest.raises(SimulatorError, match="not running"):
        _ = child.pid


def test_the_child_ends_when_its_parent_is_killed() -> None:
    code = (
        "import sys, time\nfrom gcanalytics.simulator import Simulator\n"
        "with Simulator(days=1) as child:\n    print(child.pid, flush=True)\n    time.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert gone(pid)


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_a_termination_signal_ends_it_with_status_zero() -> None:
    process = start()
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=DEADLINE_S)
    assert (process.returncode, errors) == (0, b"")


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_an_interrupted_notebook_does_not_end_its_child() -> None:
    with Simulator(days=1, settings=FAST) as child:
        os.kill(child.pid, signal.SIGINT)
        assert get(child, "/api/v2/users")[0] == 401


def test_a_port_that_is_taken_is_told_in_one_line(running: Simulator) -> None:
    port = running.api.rpartition(":")[2]
    process = start(f"--port={port}")
    _, errors = process.communicate(timeout=DEADLINE_S)
    assert process.returncode == 2
    assert errors.decode().startswith(f"gcanalytics simulate: cannot listen on 127.0.0.1:{port}: ")
    assert "Traceback" not in errors.decode()


def test_it_goes_on_where_standard_input_is_no_pipe() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "gcanalytics.simulator", "--days=1"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    api = json.loads(process.stdout.readline())["api"]
    with pytest.raises(urllib.error.HTTPError) as refused, urllib.request.urlopen(f"{api}/api/v2/users"):
        pass
    refused.value.close()
    assert refused.value.code == 401
    process.kill()
    process.communicate()


def test_a_wrong_setting_is_told_before_anything_starts() -> None:
    with pytest.raises(ValueError, match="there is no setting 'colour'"):
        Simulator(settings={"colour": "red"})


def test_the_command_refuses_wrong_options_in_one_line() -> None:
    process = start("--set=heartbeat_s=never")
    _, errors = process.communicate(timeout=DEADLINE_S)
    assert process.returncode == 2
    assert errors.decode().strip() == (
        "gcanalytics simulate: heartbeat_s cannot be 'never'; it is like heartbeat_s=30.0"
    )


def test_a_child_that_does_not_start_leaves_its_last_words(tmp_path: Any) -> None:
    with pytest.raises(SimulatorError, match=r"did not start\n.*organization cannot be read"):
        Simulator(org=tmp_path / "none.json").__enter__()


def test_a_child_that_is_not_ready_in_time_is_ended() -> None:
    started = time.monotonic()
    with pytest.raises(SimulatorError, match=r"not ready in 0\.001 s"):
        Simulator(start_timeout_s=0.001).__enter__()
    assert time.monotonic() - started < DEADLINE_S


def test_scripted_faults_meet_the_next_requests_alone(running: Simulator) -> None:
    running.faults([{"match": {"path_regex": "/users"}, "times": 2, "status": 503, "retry_after": 3}])
    answers = [get(running, "/api/v2/users")[0], get(running, "/api/v2/routing/queues")[0]]
    assert answers == [503, 401]
    assert [get(running, "/api/v2/users")[0] for _ in range(2)] == [503, 401]
    assert running.faults([{"action": "html"}]) == [{"action": "html"}] == running.faults()
    assert running.faults([]) == []
    assert get(running, "/api/v2/users")[0] == 401


def test_a_fault_that_makes_no_sense_is_refused(running: Simulator) -> None:
    with pytest.raises(SimulatorError, match="action 'explode' is none of"):
        running.faults([{"action": "explode"}])
    with pytest.raises(SimulatorError, match="colour"):
        running.faults([{"action": "cut", "colour": "red"}])


def test_a_certificate_that_cannot_be_used_ends_the_start_with_words(tmp_path: Path) -> None:
    (tmp_path / "cert.pem").write_text("no certificate")
    for name in ("cert.pem", "missing.pem"):
        with pytest.raises(SimulatorError, match=f"the certificate .*{name} cannot be used"):
            Simulator(certificate=tmp_path / name).__enter__()
