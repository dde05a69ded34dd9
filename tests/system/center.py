"""The cloud as processes (ingest, work, web) on real Mosquitto and SQLite, and what a user's system enters into it."""

from __future__ import annotations

import hashlib
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import httpx

from schemas.envelope import SigningKey, Typ, b64url, decode_record, verify
from tests import town
from tests.processes import LOOPBACK, Process, Server, free_port
from tests.system.gate import START_S, Gate, Outside, write_key
from tests.system.hands import Door
from tests.system.settings_files import toml
from tests.waiting import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from schemas.messages import Record
    from tests.servers import Mosquitto

PROCESSES = ("ingest", "work", "web")
TOKEN = "only-for-tests-0123456789"


@dataclass(kw_only=True)
class Center:
    """One cloud; its database is read directly to judge what it has stored."""

    folder: Path
    mosquitto: Mosquitto
    database: str = ""
    timeseries: dict[str, Any] = field(default_factory=dict)
    key: SigningKey = field(default_factory=SigningKey.generate)
    processes: dict[str, Process] = field(default_factory=dict)
    gates: list[Gate] = field(default_factory=list)
    port: int = 0
    program: tuple[str, ...] = (sys.executable, "-m")  # before the name of the module that is run

    def start(self) -> Self:
        self.folder.mkdir(parents=True)
        self.port = free_port()
        state = self.folder / "state"
        state.mkdir()
        write_key(state / "cloud.key", self.key)
        (state / "token").write_text(TOKEN + "\n")
        (state / "token").chmod(0o600)
        settings = {
            "state_dir": str(state),
            "database": self.database,
            "mqtt": {"host": LOOPBACK, "port": self.mosquitto.port},
            "web": {"port": self.port},
            "timeseries": self.timeseries,
        }
        (self.folder / "cloud.toml").write_text(toml(settings))
        self.must("migrate")
        self.must("seal-keys", f"TW={town.MASTER_KEY.hex()}\n")
        for name in PROCESSES:
            self.run(name)
        self.enter_town()
        return self

    def must(self, command: str, said: str = "") -> str:
        """Run one command of the cloud to its end; `said` is its standard input. Returns what it answered."""
        process = self._process(command)
        done = subprocess.run(
            process.command,
            input=said,
            text=True,
            capture_output=True,
            timeout=START_S,
            env=process.environment,
            check=False,
        )
        assert done.returncode == 0, f"{command}: {done.stderr}"
        return done.stdout

    def run(self, name: str) -> None:
        """Start one of the cloud's processes (again)."""
        process = self._process(name)
        self.processes[name] = process
        if isinstance(process, Server):
            process.start(START_S)
        else:
            process.spawn()

    def _process(self, name: str) -> Process:
        command = (*self.program, "cloud", *name.split(), "--config", str(self.folder / "cloud.toml"))
        if name == "web":
            return Server(name=name, command=command, folder=self.folder, port=self.port)
        return Process(name=name, command=command, folder=self.folder)

    def stop(self) -> None:
        for process in (*self.gates, *self.processes.values()):
            process.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    # ------------------------------------------------------------- what a user's system enters

    @property
    def api(self) -> Door:
        return Door(self.port, {"Authorization": f"Bearer {TOKEN}"})

    def enter_town(self) -> None:
        """Enter places, the officer and the route limit."""
        api = self.api
        for place in town.PLACES:
            names = {"name_zh": place.name_zh, "name_en": place.name_en}
            api.must("PUT", f"/api/v1/sites/{place.code}", {**names, "ring": place.ring, "fictional": True})
        officer = {
            "badge_uid": town.OFFICER.badge_uid,
            "role": "OFFICER",
            "may": list(town.OPERATIONS),
            "sites": [place.code for place in town.PLACES],
        }
        api.must("PUT", f"/api/v1/staff/{town.OFFICER.staff}", officer)
        limit = {"minutes": town.ROUTE_LIMIT_MIN, "valid_from": "2026-01-01T00:00:00Z"}
        api.must("PUT", f"/api/v1/route-limits/{town.ORIGIN.code}/{town.DESTINATION.code}", limit)

    def pair(self, seals: Iterable[town.Seal], **more: str) -> None:
        """Enter seals and the transport orders that pair them."""
        api = self.api
        for seal in seals:
            api.must("PUT", f"/api/v1/seals/{seal.seal_no}", {"uid": seal.uid_hex, "kind": "E"})
            order = {
                "origin": town.ORIGIN.code,
                "destination": town.DESTINATION.code,
                "container": seal.container,
                "plate": seal.plate,
                "seals": [{"type": "5", "number": seal.seal_no}],
                "cargo": [{"document": seal.declaration}],
                **more,
            }
            api.must("PUT", f"/api/v1/transport-orders/{seal.order}", order)

    def sign_in_link(self, name: str, role: str) -> str:
        """Make an account on the cloud's machine and return the address that signs it in once."""
        self.must(f"accounts add {name} --role {role}")
        return f"http://127.0.0.1:{self.port}{self.must(f'accounts link {name}').strip()}"

    def watcher(self) -> str:
        """The Cookie header of somebody of the centre, who came in by a link and set a password."""
        link = self.sign_in_link("watch", "CENTRE")
        with httpx.Client(follow_redirects=True, trust_env=False) as visitor:
            own = visitor.post(link).url
            secret = "a long enough secret"
            board = visitor.post(own, data={"account": "watch.1", "password": secret, "again": secret})
            assert board.status_code == 200, board.text
            return "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())

    def enrol(self, name: str, place: town.Place, lanes: tuple[str, ...], **more: Any) -> Gate:
        """Register a gate and start its processes."""
        key = SigningKey.generate()
        body = {"site": place.code, "lanes": list(lanes), "jwk": key.public_jwk}
        self.api.must("PUT", f"/api/v1/gates/{name}", body)
        outside = Outside(
            broker_port=self.mosquitto.port,
            web_port=self.port,
            cloud_key=self.key.public_jwk,
            card_dir=self.folder / "cards",
            program=self.program,
        )
        gate = Gate(id=name, place=place, lanes=lanes, folder=self.folder / name, key=key, outside=outside, **more)
        self.gates.append(gate)
        return gate.start()

    # ------------------------------------------------------------- what it has stored

    def rows(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Ask the SQLite file, without the product's code."""
        path = self.folder / "state" / "cloud.db"
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)) as connection:
            return connection.execute(sql, parameters).fetchall()

    def stored(self) -> dict[str, list[tuple[str, Record]]]:
        """Every stored record by gate, in order of the chain: ("epoch/seq", record), signatures verified here."""
        keys = {gate.id: gate.key.verifying_key for gate in self.gates}
        found: dict[str, list[tuple[str, Record]]] = {name: [] for name in keys}
        for gate, jws in self.rows("SELECT gate, jws FROM record ORDER BY gate, epoch, seq"):
            record = decode_record(verify(bytes(jws), Typ.SCAN, {keys[gate].kid: keys[gate]}.get))
            found[gate].append((f"{record.link.epoch}/{record.link.seq}", record))
        return found

    def until_photos(self, timeout_s: float = 30.0) -> None:
        """Wait until every picture that a record names is stored, and check that each hashes to its name."""
        sql = (
            "SELECT count(*) FROM record_photo WHERE NOT EXISTS (SELECT 1 FROM photo"
            " WHERE photo.gate = record_photo.gate AND photo.sha256 = record_photo.sha256)"
        )
        wait_for(lambda: self.rows(sql) == [(0,)], timeout_s, what="every picture is uploaded")
        kept = self.rows("SELECT sha256, path FROM photo")
        assert kept
        for name, path in kept:
            raw = (self.folder / "state" / "photos" / path).read_bytes()
            assert b64url(hashlib.sha256(raw).digest()) == name

    def until_drained(self, timeout_s: float) -> None:
        """Wait until no gate has anything left that the cloud has not confirmed."""

        def drained() -> bool:
            for process in self.processes.values():
                assert process.running, f"{process.name} has ended:\n{process.tail()}"
            return all(
                view["waiting"] == 0 and view["online"] for gate in self.gates for view in gate.witness.views.values()
            )

        wait_for(drained, timeout_s, what="every outbox is empty", every_s=0.1)
