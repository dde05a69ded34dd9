"""One gate as processes: emulated hardware, a cable that can be pulled, and the shipped agent."""

from __future__ import annotations

import contextlib
import json
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from schemas.envelope import b64url, decode, unb64url
from schemas.messages import Manifest
from tests.processes import LOOPBACK, Process, Server, free_port
from tests.system.hands import Door, GoneError, Visitor, Witness
from tests.system.settings_files import toml
from tests.town import OFFICER, Place, Seal
from tests.waiting import wait_for

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from schemas.envelope import SigningKey

CAMERA_PASSWORD = "s3cret"
START_S = 30.0
BADGE = "badge"
NOT_READY = frozenset({"NO-PAPERS", "GPS-NO-FIX", "GPS-SILENT", "GPS-DOWN"})


@dataclass(frozen=True, kw_only=True)
class Outside:
    """What a gate must know of the world beyond its cable."""

    broker_port: int
    web_port: int
    cloud_key: dict[str, str]
    card_dir: Path
    program: tuple[str, ...] = (sys.executable, "-m")  # before the name of the module that is run


@dataclass(kw_only=True)
class Gate:
    """A gate at a place; `start` brings up emulator, agent and witness."""

    id: str
    place: Place
    lanes: tuple[str, ...]
    folder: Path
    key: SigningKey
    outside: Outside
    seals: Sequence[Seal] = ()  # paired ones that may come here
    taps: Sequence[Seal] = ()  # unpaired ones, for load
    reader: str = "udp"
    spare_readers: Sequence[str] = ()  # emulated, but the agent does not know of them
    extra_cards: Sequence[dict[str, Any]] = ()
    settings: dict[str, Any] = field(default_factory=dict)
    emulator: Process = field(init=False)
    agent: Server = field(init=False)
    witness: Witness = field(init=False)
    whereabouts: dict[str, Any] = field(init=False)
    control_port: int = field(init=False)
    _door: Door | None = None

    def start(self) -> Self:
        self.folder.mkdir(parents=True)
        self._start_emulator()
        port = free_port()
        (self.folder / "gate.toml").write_text(toml(self._gate_settings(port)))
        command = (*self.outside.program, "edge", "run", "--config", str(self.folder / "gate.toml"))
        self.agent = Server(name="agent", command=command, folder=self.folder, port=port)
        self.agent.start(START_S)
        self.witness = Witness(self.id, self.lanes, port).start()
        return self

    def stop(self) -> None:
        with contextlib.suppress(AttributeError):
            self.witness.stop()
        for process in ("agent", "emulator"):
            with contextlib.suppress(AttributeError):
                getattr(self, process).stop()

    def until_papers(self) -> None:
        """Wait until the gate works by a manifest of the cloud."""

        def has_papers() -> bool:
            views = self.witness.views.values()
            return len(self.witness.views) == len(self.lanes) and all(
                view["online"] and not NOT_READY & set(view["faults"]) and view["site_zh"] for view in views
            )

        wait_for(has_papers, START_S, what=f"{self.id} has its manifest and a position")

    def until_expected(self, seal: Seal, state: str) -> None:
        """Wait until the gate's papers on disk expect a seal in this state."""
        papers = self.folder / "state" / "papers" / "manifest.jws"

        def expects() -> bool:
            if not papers.exists():
                return False
            manifest = decode(unb64url(papers.read_bytes().split(b".")[1]), Manifest)
            return any(one.seal_uid == seal.uid_hex and one.state == state for one in manifest.expected)

        wait_for(expects, START_S, what=f"{self.id} expects {seal.seal_no} {state}")

    @property
    def door(self) -> Door:
        """The control API of the emulated hardware."""
        if self._door is None:
            self._door = Door(self.control_port)
        return self._door

    def visitor(self, lane: str | None = None) -> Visitor:
        """A person at one lane, with connections of their own."""
        return Visitor(lane or self.lanes[0], self.witness, Door(self.control_port), Door(self.agent.port))

    def cable(self, state: str) -> None:
        """Plug ("up"), cut or black-hole every way out of the gate."""
        Door(self.control_port).must("POST", "/cable", {"state": state})

    def _start_emulator(self) -> None:
        (self.folder / "emulator.toml").write_text(toml(self._emulator_settings()))
        command = (*self.outside.program, "edge", "emulate", "--config", str(self.folder / "emulator.toml"))
        self.emulator = Process(name="emulator", command=command, folder=self.folder)
        self.emulator.spawn()
        state = self.folder / "hardware" / "state.json"
        wait_for(lambda: state.exists() or not self.emulator.running, START_S, what=f"emulator of {self.id}")
        if not state.exists():
            raise RuntimeError(self.emulator.tail())
        self.whereabouts = json.loads(state.read_text())
        self.control_port = int(self.whereabouts["control_url"].rpartition(":")[2])

    def _emulator_settings(self) -> dict[str, Any]:
        badge = {"id": BADGE, "kind": "uid", "uid": OFFICER.badge_uid, "label_zh": "識別證", "label_en": "Badge"}
        return {
            "state_dir": str(self.folder / "hardware"),
            "card_dir": str(self.outside.card_dir),
            "readers": [{"lane": lane, "kind": self.reader} for lane in (*self.lanes, *self.spare_readers)],
            "cards": [badge, *map(card_of, (*self.seals, *self.taps)), *self.extra_cards],
            "gps": {"lat": self.place.lat, "lon": self.place.lon},
            "camera": {"width_px": 320, "height_px": 180, "password": CAMERA_PASSWORD},
            "cables": [
                {"name": "broker", "to_port": self.outside.broker_port},
                {"name": "cloud", "to_port": self.outside.web_port},
            ],
        }

    def _gate_settings(self, kiosk_port: int) -> dict[str, Any]:
        (self.folder / "camera.password").write_text(CAMERA_PASSWORD)
        (self.folder / "camera.password").chmod(0o600)
        key_file = self.folder / "gate.key"
        write_key(key_file, self.key)
        there = self.whereabouts
        cables = there["cables"]
        return {
            "gate": self.id,
            "state_dir": str(self.folder / "state"),
            "key_file": str(key_file),
            "cloud": {"pinned_keys": [self.outside.cloud_key]},
            "mqtt": {"host": LOOPBACK, "port": cables["broker"]["port"]},
            "http": {"upload_url": f"http://{LOOPBACK}:{cables['cloud']['port']}"},
            "lanes": [
                {
                    "id": lane,
                    "reader": there["readers"][lane],
                    "camera": {
                        "url": there["cameras"][lane],
                        "user": "gate",
                        "password_file": str(self.folder / "camera.password"),
                    },
                }
                for lane in self.lanes
            ],
            "gpsd": {"host": LOOPBACK, "port": there["gpsd"]["port"]},
            "kiosk": {"port": kiosk_port},
            "simulation": {"control_url": there["control_url"]},
            **self.settings,
        }


def card_of(seal: Seal) -> dict[str, Any]:
    """A seal as the emulator's card."""
    return {
        "id": f"seal-{seal.number}",
        "kind": "ntag424",
        "uid": seal.uid_hex,
        "label_zh": f"封條 {seal.seal_no}",
        "label_en": f"Seal {seal.seal_no}",
        "key": seal.file_key.hex(),
        "container": seal.container,
        "seal_no": seal.seal_no,
        "plate": seal.plate,
    }


def write_key(path: Path, key: SigningKey) -> None:
    """Write a private key the way gate and cloud read it: the seed in base64url."""
    path.write_text(b64url(key.seed) + "\n")
    path.chmod(0o600)


def alive(door: Door) -> bool:
    """Whether the server behind a door answers at all."""
    try:
        door.ask("GET", "/")
    except GoneError:
        return False
    return True
