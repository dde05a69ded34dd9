"""Eyes and hands outside the agent: what a visitor does at a lane, and a witness who writes down every light.

Everything goes through the same doors as a person's browser: the kiosk's HTTP API and the emulator's control API.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from edge.domain.course import SAID_NO
from tests.processes import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

REQUEST_S = 10.0
SILENCE_MAX_S = 10.0  # the kiosk's heartbeat comes every 3 s
RETRY_S = 0.1
View = dict[str, Any]


class GoneError(Exception):
    """The other side does not answer: it is down, or was killed meanwhile."""


class Door:
    """A JSON-over-HTTP client of one server, with one connection that is opened again when it broke."""

    def __init__(self, port: int, headers: dict[str, str] | None = None) -> None:
        self._port = port
        self._headers = {"Content-Type": "application/json", **(headers or {})}
        self._connection: http.client.HTTPConnection | None = None

    def ask(self, method: str, path: str, document: Any = None) -> tuple[int, Any]:
        """Return status and JSON body; GoneError if there is no answer."""
        body = None if document is None else json.dumps(document).encode()
        try:
            if self._connection is None:
                self._connection = http.client.HTTPConnection(LOOPBACK, self._port, timeout=REQUEST_S)
            self._connection.request(method, path, body, self._headers)
            answer = self._connection.getresponse()
            raw = answer.read()
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise GoneError(f"{method} {path}: {error!r}") from error
        return answer.status, json.loads(raw) if raw else None

    def must(self, method: str, path: str, document: Any = None) -> Any:
        """Return the JSON body; AssertionError unless the answer is a success."""
        status, answer = self.ask(method, path, document)
        assert status < 300, f"{method} {path}: {status} {answer}"
        return answer

    def __del__(self) -> None:
        self.close()

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


@dataclass(frozen=True, kw_only=True)
class Light:
    """A verdict that was on the screen with a record behind it: from then on it must never be lost."""

    gate: str
    lane: str
    verdict: str
    record: str  # "epoch/seq"
    seen_s: float  # monotonic


class Witness:
    """Watches the event streams of a kiosk's lanes, through deaths of the agent, and keeps a log of lights outside."""

    def __init__(self, gate: str, lanes: Sequence[str], port: int) -> None:
        self.gate = gate
        self.port = port
        self.lights: dict[tuple[str, str], Light] = {}  # by lane and record
        self.views: dict[str, View] = {}
        self._news = threading.Condition()
        self._over = threading.Event()
        self._threads = [
            threading.Thread(target=self._watch, args=(lane,), name=f"witness {gate} {lane}", daemon=True)
            for lane in lanes
        ]

    def start(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def stop(self) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(2 * SILENCE_MAX_S)

    def until(self, lane: str, is_so: Callable[[View], bool], timeout_s: float = 10.0) -> View:
        """Wait until the lane's view is so; AssertionError with the last view if it never is."""
        with self._news:
            if self._news.wait_for(lambda: lane in self.views and is_so(self.views[lane]), timeout_s):
                return self.views[lane]
            raise AssertionError(f"{self.gate}/{lane}: not within {timeout_s:g} s; last view: {self.views.get(lane)}")

    def _watch(self, lane: str) -> None:
        while not self._over.is_set():
            with contextlib.suppress(OSError, http.client.HTTPException):
                self._follow(lane)
            self._over.wait(RETRY_S)

    def _follow(self, lane: str) -> None:
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=SILENCE_MAX_S)
        with contextlib.closing(connection):
            connection.request("GET", f"/events?lane={lane}")
            answer, named = connection.getresponse(), False
            while not self._over.is_set() and (line := answer.readline()):
                if line.startswith(b"event:"):
                    named = True  # the sign of life, which is no view
                elif line.startswith(b"data:") and not named:
                    self._note(json.loads(line[5:]))
                elif line in (b"\n", b"\r\n"):
                    named = False

    def _note(self, view: View) -> None:
        with self._news:
            self.views[view["lane"]] = view
            record, verdict = view.get("record"), view.get("verdict")
            if record and verdict:
                light = Light(
                    gate=self.gate, lane=view["lane"], verdict=verdict, record=record, seen_s=time.monotonic()
                )
                self.lights.setdefault((light.lane, light.record), light)
            self._news.notify_all()


class Visitor:
    """What a person can do at one lane: hold cards to the reader, press buttons."""

    def __init__(self, lane: str, witness: Witness, emulator: Door, kiosk: Door) -> None:
        self.lane = lane
        self.witness = witness
        self.emulator = emulator
        self.kiosk = kiosk

    @property
    def view(self) -> View:
        return self.witness.views.get(self.lane, {})

    def present(self, card: str) -> None:
        """Hold a card to the reader in place of the one before, until the lane has answered as a person would."""
        self.emulator.must("POST", "/remove", {"lane": self.lane})
        self.emulator.must("POST", "/present", {"card": card, "lane": self.lane})

    def press(self, act: str, **fields: Any) -> View:
        """Press a button of the page; AssertionError if it is refused."""
        return self.kiosk.must("POST", f"/lanes/{self.lane}/act", {"act": act, **fields})

    def until(self, timeout_s: float = 10.0, **fields: Any) -> View:
        """Wait until the lane shows these values."""
        return self.witness.until(
            self.lane, lambda view: all(view.get(name) == value for name, value in fields.items()), timeout_s
        )

    def picture(self) -> None:
        """Wait for the picture that takes itself; one that the machine finds wanting is kept."""
        self.witness.until(self.lane, lambda view: not view["busy"] and view["step"] != "CHECKS")
        if self.view["step"] == "PHOTO" and "keep" in self.view["acts"]:
            self.press("keep", choice="OVERRIDE-OTHER")
            self.until(step="CONFIRM")

    def pass_through(self, badge: str, seal: str) -> View:
        """Badge, seal, every question answered well, picture, confirmation: until the light is on."""
        self.present(badge)
        self.until(step="SIGNED_IN")
        self.present(seal)
        self.witness.until(self.lane, lambda view: view["step"] in ("CHECKS", "VERDICT"))
        self.emulator.must("POST", "/remove", {"lane": self.lane})
        while self.view["step"] == "CHECKS":
            question = self.view["check"]
            places = [choice for choice in self.view["choices"] if choice not in SAID_NO]
            self.press("answer", check=question, ok=True, choice=next(iter(places), None))
            self.witness.until(self.lane, lambda view, asked=question: view.get("check") != asked)
        self.picture()
        if self.view["step"] == "CONFIRM":
            self.press("confirm")
        return self.until(step="VERDICT", busy=False)
