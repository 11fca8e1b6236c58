"""The simulator as a child process: starts it, reads its ready line,
ends it. Needs nothing but the standard library."""

from __future__ import annotations

import contextlib
import http.client
import json
import queue
import ssl
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from gcanalytics.simulator.settings import Settings

_END_S = 5.0


class SimulatorError(RuntimeError):
    """The simulator did not start, or refused what was asked of it."""


@dataclass(frozen=True)
class Credentials:
    """Id and secret of an OAuth client of the simulated platform; the secret is in no repr."""

    client_id: str
    client_secret: str = field(repr=False)


class Simulator:
    """A simulated Genesys Cloud organization in a child process, as a context manager.

    The child ends with the ``with`` block, and by itself when this process ends, however it ends.

    Args:
        seed: the same seed gives the same contact center and history.
        speed: business seconds for each real second; lives and rate limits stay in real time.
        days: days of history before the start.
        org: a file with an organization, or None for the demo organization.
        host: address to listen on.
        port: 0 for a free one.
        settings: the simulator's settings by name, as `gcanalytics.simulator.settings.Settings` lists them.
        clients: further OAuth clients by name, for what a client with fewer rights sees:
            ``{"reader": {"permissions": ["routing:queue:view"], "divisions": ["Customer Care"]}}``. No
            permissions, and it may only what needs none; no divisions, and it sees all of them.
        certificate: a PEM file with a certificate and its key, to serve https and wss instead of http and ws.
        start_timeout_s: real seconds in which the child must be ready.

    Attributes:
        api: base URL of REST, sockets and ``/oauth/token``.
        client_id: of the OAuth client that the platform knows.
        client_secret: its secret. This client may everything.
        clients: credentials of the further clients, by name.
        organization_id: id of the organization.
        deployment_id: of a web chat deployment.
        deployments: ids of all web chat deployments by name; one is disabled, one asks for authentication.
        queues: queue ids by name.
        pid: of the child.

    Raises:
        ValueError: a setting that does not exist, a client that cannot be; before anything starts.
        SimulatorError: on entering, where the child is not ready in time; the text has its last words.
    """

    def __init__(
        self,
        *,
        seed: int = 1,
        speed: float = 1.0,
        days: int = 35,
        org: str | Path | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        settings: Mapping[str, Any] | None = None,
        clients: Mapping[str, Mapping[str, Iterable[str]]] | None = None,
        certificate: str | Path | None = None,
        start_timeout_s: float = 60.0,
    ) -> None:
        pairs = [Settings.pair(name, value) for name, value in (settings or {}).items()]
        Settings.from_pairs(pairs)
        self._arguments = [f"--seed={seed}", f"--speed={speed}", f"--days={days}", f"--host={host}"]
        self._arguments += [f"--port={port}", *([f"--org={org}"] if org is not None else [])]
        self._arguments += [f"--set={pair}" for pair in pairs]
        self._arguments += [f"--certificate={certificate}"] if certificate is not None else []
        self._arguments += [f"--client={_client(name, rights)}" for name, rights in (clients or {}).items()]
        self._start_timeout_s = start_timeout_s
        self._process: subprocess.Popen[bytes] | None = None
        self._errors: IO[bytes] | None = None
        self.api = self.client_id = self.client_secret = self.organization_id = self.deployment_id = ""
        self.queues: dict[str, str] = {}
        self.deployments: dict[str, str] = {}
        self.clients: dict[str, Credentials] = {}

    def __repr__(self) -> str:
        return f"<Simulator {self.api or 'not running'}>"

    def __enter__(self) -> Simulator:
        if self._process is not None:
            raise SimulatorError("this simulator runs already")
        self._errors = tempfile.TemporaryFile()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "gcanalytics.simulator", *self._arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
        )
        try:
            ready = json.loads(self._ready_line(self._process))
        except BaseException:
            self.close()
            raise
        self.api, self.client_id, self.client_secret = (
            ready["api"],
            ready["client_id"],
            ready["client_secret"],
        )
        self.organization_id, self.deployment_id = ready["organization_id"], ready["deployment_id"]
        self.queues, self.deployments = ready["queues"], ready["deployments"]
        self.clients = {name: Credentials(**found) for name, found in ready["clients"].items()}
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def pid(self) -> int:
        """Process id of the child; `SimulatorError` while there is none."""
        if self._process is None:
            raise SimulatorError("this simulator is not running")
        return self._process.pid

    def environment(self, client: str | None = None) -> dict[str, str]:
        """The environment variables with which a client and a guest's chat reach this platform.

        Args:
            client: name of one of ``clients``; None is the client that may everything.
        """
        own = Credentials(self.client_id, self.client_secret) if client is None else self.clients[client]
        return {
            "GENESYSCLOUD_REGION": self.api,
            "GENESYSCLOUD_OAUTHCLIENT_ID": own.client_id,
            "GENESYSCLOUD_OAUTHCLIENT_SECRET": own.client_secret,
            "GCANALYTICS_ORGANIZATION_ID": self.organization_id,
            "GCANALYTICS_DEPLOYMENT_ID": self.deployment_id,
        }

    def faults(self, rules: Sequence[Mapping[str, Any]] | None = None) -> list[dict[str, Any]]:
        """Scripts faults.

        Args:
            rules: for instance ``[{"match": {"method": "POST", "path_regex": "/details/query"}, "times": 2,
                "action": "status", "status": 503, "retry_after": 1}]`` or
                ``[{"action": "close_sockets", "code": 1001}]``; `gcanalytics.simulator.rest.faults.Rule`
                lists actions and fields. An empty list forgets the rules that are left; None changes nothing.

        Returns:
            The rules that are left now, as they can be given again.

        Raises:
            SimulatorError: a rule that makes no sense; none of them holds then.
        """
        return self._script("/simulator/faults", rules)

    def desk(self, directions: Sequence[Mapping[str, Any]] | None = None) -> list[dict[str, Any]]:
        """Directs the agents behind guests' chats.

        Args:
            directions: for instance ``[{"action": "no_answer"}, {"action": "transfer", "chat": "<id>",
                "queue": "Billing"}]``; each waits until it fits a chat, and is given at once where it fits
                already. `gcanalytics.simulator.guests.directions.Direction` lists actions and fields. An
                empty list forgets the directions that are left; None changes nothing.

        Returns:
            The directions that are left now, as they can be given again.

        Raises:
            SimulatorError: a direction that makes no sense; none of them is given then.
        """
        return self._script("/simulator/desk", directions)

    @contextlib.contextmanager
    def held(self) -> Iterator[datetime]:
        """Lets business time stand still for a ``with`` block, so that what is asked in it is of one moment.

        What had happened until then still arrives on the sockets, and nothing else does. Heartbeats, lives
        and rate limits go on. Blocks do not nest: the end of the inner one lets time go on.

        Yields:
            The moment, in UTC.
        """
        told = json.loads(self._ask("POST", "/simulator/clock", json.dumps({"held": True})))
        try:
            yield datetime.fromisoformat(told["now"])
        finally:
            self._ask("POST", "/simulator/clock", json.dumps({"held": False}))

    def member_auth_token(self, data: Mapping[str, Any] | None = None, *, life_s: float = 3600.0) -> str:
        """Signed data about a guest, a ``memberAuthToken`` with which his chat is an authenticated one.

        Args:
            data: about the guest.
            life_s: real seconds for which it is good.
        """
        sent = json.dumps({"data": dict(data or {}), "life_s": life_s})
        return str(json.loads(self._ask("POST", "/simulator/signeddata", sent))["token"])

    def _script(self, path: str, entries: Sequence[Mapping[str, Any]] | None) -> list[dict[str, Any]]:
        if entries is not None:
            listed = [dict(entry) for entry in entries]
            self._ask("POST" if listed else "DELETE", path, json.dumps(listed))
        left: list[dict[str, Any]] = json.loads(self._ask("GET", path))
        return left

    def _ask(self, method: str, path: str, body: str | None = None) -> str:
        scheme, _, netloc = self.api.partition("://")
        host, _, port = netloc.rpartition(":")
        connection = http.client.HTTPConnection(host, int(port), timeout=30)
        if scheme == "https":
            # Our own child on this machine, whose certificate may name any host.
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            connection = http.client.HTTPSConnection(host, int(port), timeout=30, context=context)
        try:
            connection.request(method, path, body=body, headers={"Content-Type": "application/json"})
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            connection.close()
        if answer.status >= 400:
            raise SimulatorError(f"the simulator refused: {text}")
        return text

    def close(self) -> None:
        """Ends the child and waits for it; does nothing where none runs."""
        process, self._process = self._process, None
        if process is not None:
            if process.stdin is not None:
                process.stdin.close()
            try:
                process.wait(_END_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.stdout is not None:
                process.stdout.close()
        if self._errors is not None:
            self._errors.close()
            self._errors = None

    def _ready_line(self, process: subprocess.Popen[bytes]) -> bytes:
        """The first line of the child's output, read on a thread because a pipe has no timeout everywhere."""
        lines: queue.Queue[bytes] = queue.Queue()
        output = process.stdout
        assert output is not None
        reader = threading.Thread(target=lambda: lines.put(output.readline()), daemon=True)
        reader.start()
        try:
            line = lines.get(timeout=self._start_timeout_s)
        except queue.Empty:
            process.kill()
            reader.join()
            raise SimulatorError(
                f"the simulator was not ready in {self._start_timeout_s:g} s\n{self._last_words()}"
            ) from None
        if not line:
            process.wait(_END_S)
            raise SimulatorError(f"the simulator did not start\n{self._last_words()}")
        return line

    def _last_words(self) -> str:
        if self._errors is None:
            return ""
        self._errors.seek(0)
        return self._errors.read().decode(errors="replace")[-2000:].strip()


def _client(name: str, rights: Mapping[str, Iterable[str]]) -> str:
    """The command line's form of an OAuth client; `ValueError` for what it cannot carry."""
    unknown = set(rights) - {"permissions", "divisions"}
    if unknown:
        raise ValueError(
            f"client {name!r} has permissions and divisions, and no {', '.join(sorted(unknown))}"
        )
    lists = {kind: [values] if isinstance(values, str) else list(values) for kind, values in rights.items()}
    for text in (name, *(each for values in lists.values() for each in values)):
        if not text.strip() or set(text) & set("=@,"):
            raise ValueError(f"{text!r} of client {name!r} must be a name without '=', '@' and ','")
    divisions = f"@{','.join(lists['divisions'])}" if lists.get("divisions") else ""
    return f"{name}={','.join(lists.get('permissions', ()))}{divisions}"
