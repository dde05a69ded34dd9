"""`make demo` as a newcomer meets it: two gates, a board, a past that shows S7 and S3, and a seal that is a copy."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from cloud.demo.past import movement_of
from cloud.demo.town import COPIED, DESTINATION, LATE, ORIGIN, OVERDUE, WAITING, Load, Yard
from tests.system.hands import Door, Visitor, Witness
from tests.waiting import wait_for

HOME = Path(__file__).parents[2]
READY_S = 120.0
STEP_S = 40.0
READY = "the demo is ready"
BADGE = "badge-specialist"


class Demo:
    """One run of the demo and a visitor at each of its kiosks."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        self.command = (sys.executable, "-m", "cloud", "demo", "--folder", str(folder), *options)
        self.output = folder.parent / "output"

    @contextmanager
    def running(self):
        with self.output.open("wb") as output, subprocess.Popen(self.command, cwd=HOME, stdout=output) as self.process:
            try:
                wait_for(self._is_ready, READY_S, what=READY)
                told = json.loads((self.folder / "addresses.json").read_text())
                headers = {"Authorization": f"Bearer {Path(told['token_file']).read_text().strip()}"}
                self.api = httpx.Client(base_url=f"{told['board']}/api/v1", headers=headers, timeout=20)
                self.board, self.link = told["board"], told["sign_in"]
                self.visitors = {gate: visitor(gate, ports) for gate, ports in told["gates"].items()}
                yield self
            finally:
                if hasattr(self, "api"):
                    self.api.close()
                for one in getattr(self, "visitors", {}).values():
                    one.witness.stop()
                self.process.send_signal(signal.SIGINT)
                self.process.wait(60)

    def _is_ready(self) -> bool:
        assert self.process.poll() is None, self.output.read_text()
        return READY in self.output.read_text()

    def movement(self, load: Load) -> dict[str, Any]:
        return self.api.get(f"/movements/{movement_of(load)}").json()

    def cases(self, load: Load) -> dict[str, str]:
        found = self.api.get("/cases", params={"movement": movement_of(load)}).json()["items"]
        return {case["code"]: case["status"] for case in found}

    def at(self, yard: Yard) -> Visitor:
        return self.visitors[yard.gate]

    def cable(self, yard: Yard, state: str) -> None:
        self.at(yard).emulator.must("POST", "/cable", {"state": state})


def visitor(gate: str, ports: dict[str, int]) -> Visitor:
    witness = Witness(gate, ["L1"], ports["kiosk"]).start()
    kiosk = Door(ports["kiosk"], {"Origin": f"http://127.0.0.1:{ports['kiosk']}"})
    return Visitor("L1", witness, Door(ports["control"]), kiosk)


def pass_through(visitor: Visitor, load: Load) -> dict[str, Any]:
    view = visitor.pass_through(BADGE, load.card)
    visitor.press("acknowledge")
    visitor.until(step="IDLE")
    return view


@pytest.mark.timeout(600)
@pytest.mark.req("R-052", "R-053", "R-054", "R-055", "R-056", "R-057", "R-065", "R-085", "R-088", "R-111", "R-114")
def test_what_a_newcomer_sees(tmp_path) -> None:
    demo = Demo(tmp_path / ".demo", "--broker", "embedded")  # as on a machine where no broker is installed
    with demo.running():
        with httpx.Client(base_url=demo.board, follow_redirects=True) as newcomer:
            assert newcomer.get("/").url.path == "/sign-in"
            assert newcomer.get(demo.link).status_code == 200
            board = newcomer.post(demo.link)  # one button, no typing
            assert (board.status_code, board.url.path) == (200, "/")
            assert newcomer.post("/sign-out").url.path == "/sign-in"
            assert newcomer.post(demo.link).status_code == 401

        # the past came in as signed records: one container is overdue, one came late
        assert demo.movement(OVERDUE)["state"] == "IN_TRANSIT"
        assert demo.movement(LATE)["state"] == "ARRIVED"
        wait_for(lambda: demo.cases(OVERDUE) == {"S7": "CONFIRMED"}, STEP_S, what="S7 is confirmed by the watermark")
        wait_for(lambda: demo.cases(LATE) == {"S3": "CONFIRMED", "S7": "SUPERSEDED"}, STEP_S)

        # one seal travels from the origin to the destination
        first = WAITING[0]
        assert demo.movement(first)["state"] == "PAIRED"
        assert pass_through(demo.at(ORIGIN), first)["verdict"] == "GO"
        wait_for(lambda: demo.movement(first)["state"] == "IN_TRANSIT", STEP_S, what="the board's row moves")
        wait_for(lambda: arrives(demo, first), STEP_S, what="the destination lets it in")
        wait_for(lambda: demo.movement(first)["state"] == "ARRIVED", STEP_S)

        # a copied seal is found by the cloud, and the hold comes back to both gates
        demo.at(ORIGIN).pass_through(BADGE, COPIED.card)
        wait_for(lambda: (demo.movement(COPIED)["hold"] or {}).get("reason") == "X-MAC", STEP_S)
        for yard in (ORIGIN, DESTINATION):
            at = demo.at(yard)
            wait_for(lambda at=at: [hold["seal_no"] for hold in at.view["holds"]] == [COPIED.seal_no], STEP_S)
        assert demo.movement(COPIED)["state"] == "PAIRED"
        demo.at(ORIGIN).press("acknowledge")
        demo.at(ORIGIN).until(step="IDLE")

        # the network is pulled: the lane decides on, and everything arrives afterwards
        second = WAITING[1]
        demo.cable(ORIGIN, "cut")
        demo.at(ORIGIN).until(STEP_S, online=False)
        assert pass_through(demo.at(ORIGIN), second)["verdict"] == "GO"
        assert demo.at(ORIGIN).view["waiting"] > 0
        assert demo.movement(second)["state"] == "PAIRED"
        demo.cable(ORIGIN, "up")
        wait_for(lambda: demo.movement(second)["state"] == "IN_TRANSIT", STEP_S)
    assert demo.process.returncode == 0
    assert left_over(demo.folder) == []

    # another run goes on where this one ended; a second one at the same time is refused in a sentence
    again = Demo(tmp_path / ".demo")
    with again.running():
        assert again.movement(WAITING[0])["state"] == "ARRIVED"
        assert len(again.api.get("/movements").json()["items"]) == 6
        refused = subprocess.run(again.command, cwd=HOME, capture_output=True, text=True, timeout=60, check=False)
        assert refused.returncode == 2
        assert "already" in refused.stderr
        assert "Traceback" not in refused.stderr


def arrives(demo: Demo, load: Load) -> bool:
    """Try at the destination; until its manifest has come the lane refers the driver, as it should."""
    return pass_through(demo.at(DESTINATION), load)["verdict"] == "GO"


def left_over(folder: Path) -> list[str]:
    """Processes that still name the demo's folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes()
        except OSError:
            continue
        if str(folder).encode() in words and int(process.name) != os.getpid():
            found.append(words.replace(b"\0", b" ").decode())
    return found
