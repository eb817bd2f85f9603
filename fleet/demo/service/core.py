"""The service as a whole: tenants, switches, counters, and the two loopback ports it answers on."""

import shutil
import tempfile
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType

from fleet.clock import utc_now
from fleet.demo.directory import AppleDirectory, TenantDirectory
from fleet.demo.service.actions import Accepted, check_in
from fleet.demo.service.apple import Apple
from fleet.demo.service.call import graph_time
from fleet.demo.service.delta import DeltaLog
from fleet.demo.service.exports import blob
from fleet.demo.service.faults import Faults
from fleet.demo.service.graph import VERSIONS, Graph
from fleet.demo.service.identity import Identity
from fleet.demo.service.sending import receive
from fleet.demo.service.state import TenantState
from fleet.demo.service.switchboard import PLACE, switchboard
from fleet.demo.service.throttle import Throttle
from fleet.demo.service.tls import make_certificates
from fleet.demo.service.tokens import Mint
from fleet.demo.service.wire import Listener, Request, Response


@dataclass(frozen=True, slots=True)
class RequestLog:
    """One request that was answered."""

    method: str
    path: str
    query: str
    status: int
    tenant: str | None
    """Key of the tenant, when the request told which."""
    host: str


class Service:
    """A simulated Entra and Graph for some tenants, on loopback HTTPS with a certificate authority of its own.

    After `start`, `authority`, `graph` and `blob` are addresses and `ca_pem` verifies them. A change made to a
    directory in place is seen after `touch`.
    """

    def __init__(
        self,
        directories: Iterable[TenantDirectory],
        *,
        folder: Path | None = None,
        latency: float = 0.0,
        clock: Callable[[], datetime] = utc_now,
        token_lifetime: int = 3599,
        port: int = 0,
        apple: Iterable[AppleDirectory] = (),
    ) -> None:
        self.clock = clock
        self.latency = latency
        """Seconds that every answer takes longer."""
        self.token_lifetime = token_lifetime
        """Seconds."""
        self.page_size = 1000
        """Rows of a page of the device list."""
        self.delta_page_size = 500
        self.export_polls = 2
        """How often a job is seen in progress before it is completed."""
        self.approve_after_polls: int | None = 2
        """Polls after which a device code sign-in is approved by itself; None waits for `approve`."""
        self.device_code_interval = 5
        """Seconds that a client is told to wait between polls."""
        self.check_in_after: float | None = None
        """Seconds after which a device does what was asked of it; None waits for `check_in`."""
        self.throttle = Throttle()
        self.faults = Faults(self._forget_challenges)
        self.requests: list[RequestLog] = []
        self.batched: list[RequestLog] = []
        """The items of batches, which are no requests of their own."""
        self.accepted: list[Accepted] = []
        """Every write to a device that was taken, in order: what a client sent twice is there twice."""
        self.mint = Mint()
        self.graph_side = Graph(self)
        self.identity = Identity(self)
        self.apple = Apple(self, apple)
        """Apple Business Manager, at the same address."""
        self.authority = self.graph = self.blob = ""
        self._states = {one.tenant_id.lower(): TenantState(one, DeltaLog()) for one in directories}
        self._given_folder = folder
        self._folder: Path | None = None
        self._port = port
        self._listeners: list[Listener] = []
        self._stopping = threading.Event()

    @property
    def ca_pem(self) -> Path:
        """The certificate authority to verify the service with."""
        if self._folder is None:
            raise RuntimeError("The service has not been started.")
        return self._folder / "ca.pem"

    @property
    def keeps_folder(self) -> bool:
        """Whether the folder was given, and is not a temporary one."""
        return self._given_folder is not None

    def start(self) -> None:
        """Open both ports and answer in the background."""
        self._stopping.clear()
        self._folder = self._given_folder or Path(tempfile.mkdtemp(prefix="fleet-service-"))
        _, context = make_certificates(self._folder)
        main = Listener(context, self._answer, self._port)
        storage = Listener(context, self._answer_blob)
        self._listeners = [main, storage]
        self.authority = self.graph = self.mint.issuer = f"https://127.0.0.1:{main.port}"
        self.blob = f"https://localhost:{storage.port}"
        for listener in self._listeners:
            listener.start()

    def stop(self) -> None:
        """Close everything; a second call does nothing."""
        self._stopping.set()
        self.faults.clear()
        for listener in self._listeners:
            listener.stop()
        self._listeners = []
        if self._given_folder is None and self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def __enter__(self) -> "Service":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # --- tenants ----------------------------------------------------------------------------------------

    def replace(self, directory: TenantDirectory) -> None:
        """Give a tenant another content: the next night. Raises `KeyError` for an unknown tenant."""
        self._states[directory.tenant_id.lower()].replace(directory)

    def touch(self, tenant_key: str | None = None) -> None:
        """Say that directories were changed in place."""
        for state in self._states.values():
            if tenant_key in (None, state.directory.key):
                state.touch()

    def check_in(self, tenant_key: str, device_id: str) -> None:
        """Let a device check in: pending actions are done, a retired or wiped one leaves. Raises `KeyError`."""
        state = next(state for state in self._states.values() if state.directory.key == tenant_key)
        with state.lock:
            device = state.directory.devices[device_id]
            state.next_check_in.pop(device_id, None)
            if not check_in(self.faults, state, device, graph_time(self.clock())):
                del state.directory.devices[device_id]
            state.touch()

    def progress(self, state: TenantState) -> None:
        """Let devices check in whose time has come."""
        now = self.clock()
        for device_id in [one for one, due in state.next_check_in.items() if due <= now]:
            if device_id in state.directory.devices:
                self.check_in(state.directory.key, device_id)
            else:
                state.next_check_in.pop(device_id, None)

    def take(self, state: TenantState, one: Accepted) -> None:
        """Note a write to a device that was taken; the device will check in for it."""
        self.accepted.append(one)
        if self.check_in_after is not None and one.device_id in state.directory.devices:
            state.next_check_in[one.device_id] = self.clock() + timedelta(seconds=self.check_in_after)

    def states(self) -> Iterable[TenantState]:
        """Every tenant."""
        return self._states.values()

    def first_state(self) -> TenantState:
        """Any tenant: for a caller who is nobody's yet."""
        return next(iter(self._states.values()))

    def find_state(self, tenant_id: str) -> TenantState | None:
        """The tenant of that id, if there is one."""
        return self._states.get(tenant_id.lower())

    def state(self, tenant_id: str) -> TenantState:
        """The tenant of that id; raises `KeyError`."""
        return self._states[tenant_id.lower()]

    def approve(self, user_code: str, user_id: str | None = None) -> None:
        """Finish a device code sign-in as a person would in a browser; raises `KeyError` for an unknown code."""
        self.identity.approve(user_code, user_id)

    def _forget_challenges(self) -> None:
        for state in self._states.values():
            state.challenged = False

    # --- answers ----------------------------------------------------------------------------------------

    def pause(self, seconds: float) -> None:
        """Let time pass, but not after the service was told to stop."""
        if seconds > 0:
            self._stopping.wait(seconds)

    def log_inner(self, request: Request, status: int, tenant: str) -> None:
        """Note an item of a batch."""
        self.batched.append(RequestLog(request.method, request.path, request.query, status, tenant, request.host))

    def _answer(self, request: Request) -> Response:
        first = request.path.lstrip("/").partition("/")[0].lower()
        if first == PLACE:
            return switchboard(self.faults, self.apple, request)
        self.pause(self.latency)
        tenant: str | None
        if first in VERSIONS:
            response, tenant = self.graph_side.answer(request)
        elif self.apple.concerns(request):
            response, tenant = self.apple.answer(request)
        else:
            response = self.identity.answer(request)
            state = self.find_state(first)
            tenant = state.directory.key if state else None
        self._log(request, response, tenant)
        return response

    def _answer_blob(self, request: Request) -> Response:
        self.pause(self.latency)
        response, tenant = (receive if request.path.startswith("/upload/") else blob)(self, request)
        self._log(request, response, tenant)
        return response

    def _log(self, request: Request, response: Response, tenant: str | None) -> None:
        entry = RequestLog(request.method, request.path, request.query, response.status, tenant, request.host)
        self.requests.append(entry)
