"""A story for the board's tests: places, gates, movements in every state, cases, scans, pictures and roll-ups.

It writes the tables directly, so that a page can be shown in any state without the programs that lead there.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from PIL import Image, ImageDraw
from sqlalchemy import insert

from cloud.domain.entry import entry_of
from cloud.store import changes, rollups, schema
from cloud.store.engine import writing
from schemas import envelope
from schemas.keys import b64url
from schemas.messages import (
    Decision,
    EventTime,
    Link,
    Location,
    Operation,
    Photo,
    Position,
    Quality,
    ScanEvent,
    SealProof,
    Tag,
    Verdict,
)

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection, Engine

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
SITES = {
    "KELW190W": ("基隆港西岸貨櫃場", "Keelung West Yard", 121.7430, 25.1310),
    "017A1110": ("五堵貨櫃集散站", "Wudu Container Yard", 121.6650, 25.0728),
    "TXGC3400": ("臺中港 34 號碼頭", "Taichung Berth 34", 120.5210, 24.2580),
    "KHHT5000": ("高雄港第五貨櫃中心", "Kaohsiung Terminal 5", 120.3310, 22.5560),
}
GATES = {"KEL-W1-01": "KELW190W", "WUDU-01": "017A1110", "TXG-34-01": "TXGC3400", "KHH-T5-01": "KHHT5000"}
BAD_NAME = "<img src=x onerror=alert(1)>"  # a name that a user entered, in a story that wants one
COLOURS = [(36, 92, 66), (172, 52, 40), (30, 64, 120), (196, 118, 36), (88, 92, 98), (22, 108, 128)]


@dataclass
class Story:
    """Writes rows as of `now_ms`, each with its change."""

    engine: Engine
    photos: Path
    now_ms: int
    seq: int = 0

    def begin(self) -> None:
        """Places, fences, gates, and a gate's word on itself."""
        with writing(self.engine) as connection:
            for code, (zh, en, lon, lat) in SITES.items():
                self.site(connection, code, (zh, en), lon, lat)
            for gate, site in GATES.items():
                row = {"id": gate, "site": site, "lanes": ["OUT1", "IN1"], "enrolled_ms": self.now_ms}
                connection.execute(insert(schema.gate).values(row))
            self.changed(connection, changes.Kind.SITE, site="all")

    def site(self, connection: Connection, code: str, names: tuple[str, str], lon: float, lat: float) -> None:
        zh, en = names
        row = {"code": code, "name_zh": zh, "name_en": en, "fence_version": 1, "updated_ms": self.now_ms}
        connection.execute(insert(schema.site).values(row))
        d = 0.004
        ring = [[lon - d, lat - d], [lon + d, lat - d], [lon + d, lat + d], [lon - d, lat + d], [lon - d, lat - d]]
        fence = {"site": code, "version": 1, "ring": ring, "fictional": True, "created_ms": self.now_ms}
        connection.execute(insert(schema.fence).values(fence))

    def changed(self, connection: Connection, kind: changes.Kind, **ref: Any) -> int:
        changes.append(connection, [(kind, ref)], self.now_ms)
        return changes.newest(connection)

    def gate_says(
        self, gate: str, *, state: str = "ONLINE", heard_ms: int = 2_000, backlog: int = 0, **telemetry: Any
    ) -> None:
        """One heartbeat of a gate, heard `heard_ms` ago."""
        lanes = [{"lane": "OUT1", "reader_up": True, "camera_up": True, "taps": 41, "torn": 2}]
        row = {
            "gate": gate,
            "state": state,
            "state_ms": self.now_ms - HOUR_MS,
            "telemetry_ms": self.now_ms - heard_ms,
            "heard_ms": self.now_ms - heard_ms,
            "backlog": backlog,
            "oldest_s": backlog * 3.0,
            "telemetry": {"lanes": lanes, "manifest": 7, "photos_waiting": 0, **telemetry},
        }
        with writing(self.engine) as connection:
            connection.execute(insert(schema.gate_status).values(row))
            change_id = self.changed(connection, changes.Kind.GATE, gate=gate)
            depth = rollups.Point(rollups.Series.OUTBOX_DEPTH, gate, "", self.now_ms - heard_ms, float(backlog))
            age = rollups.Point(rollups.Series.OUTBOX_AGE_S, gate, "", self.now_ms - heard_ms, backlog * 3.0)
            rollups.add(connection, [depth, age], change_id)

    def movement(self, name: str, container: str, origin: str, destination: str, state: str, **times: Any) -> None:
        """One movement; `times` are columns, in milliseconds before now."""
        seal_no = f"ES26-{name[-6:]}"
        uid = hashlib.sha256(name.encode()).hexdigest()[:14].upper()
        order = f"AA1511{name[-6:]:0>13}"
        columns = {
            key: value if not key.endswith("_ms") or value is None else self.now_ms - value
            for key, value in times.items()
        }
        plate = f"KLA-{name[-4:]}"
        with writing(self.engine) as connection:
            connection.execute(insert(schema.seal).values(seal_no=seal_no, uid=uid, kind="E", issued_ms=self.now_ms))
            connection.execute(
                insert(schema.transport_order).values(
                    number=order,
                    origin=origin,
                    destination=destination,
                    container=container,
                    plate=plate,
                    seals=[],
                    classes={},
                    received_ms=self.now_ms,
                )
            )
            row = {"id": name, "kind": "E", "seal_no": seal_no, "seal_uid": uid, "container": container, "plate": plate}
            row |= {"transport_order": order, "origin": origin, "destination": destination, "pairing_source": "TO"}
            row |= {"paired_ms": self.now_ms - 5 * HOUR_MS, "state": state, "updated_ms": self.now_ms}
            connection.execute(insert(schema.movement).values(row | columns))
            self.changed(connection, changes.Kind.MOVEMENT, movement=name)

    def case(
        self, code: str, movement: str | None, *, subject: str = "", ago_ms: int = 5 * MINUTE_MS, **columns: Any
    ) -> None:
        row = {"code": code, "subject": subject or movement, "movement_id": movement, "status": "CONFIRMED"}
        row |= {"occurred_ms": self.now_ms - ago_ms, "detected_ms": self.now_ms - ago_ms + 900, "rule_version": 1}
        row |= {"inputs": {}, "limits": {}}
        with writing(self.engine) as connection:
            connection.execute(insert(schema.cases).values(row | columns))
            self.changed(connection, changes.Kind.CASE, code=code)

    def scan(
        self,
        gate: str,
        operation: Operation = Operation.SEAL_OUT_E,
        verdict: Verdict = Verdict.GO,
        *,
        reasons: tuple[str, ...] = (),
        container: str | None = None,
        movement: str | None = None,
        ago_ms: int = 0,
        stored_ago_ms: int | None = None,
        proof: str = "VERIFIED",
        picture: bool = True,
    ) -> int:
        """One stored scan with its picture and roll-ups; returns its change id."""
        self.seq += 1
        at_ms = self.now_ms - ago_ms
        record_ms = self.now_ms - (stored_ago_ms if stored_ago_ms is not None else max(0, ago_ms - 300))
        sha256 = self.picture(container or "NO NUMBER", self.seq) if picture else None
        at = datetime.fromtimestamp(at_ms / 1000, UTC)
        event = ScanEvent(
            v=1,
            link=Link(gate=gate, epoch=1, seq=self.seq, boot="0" * 16, prev=None if self.seq == 1 else "A" * 43),
            time=EventTime(at=at, quality=Quality.GNSS, bound_ms=20),
            lane="OUT1" if operation is Operation.SEAL_OUT_E else "IN1",
            operation=operation,
            position=Position(location=Location.CONFIRMED, source="GPS", lat=25.1, lon=121.7, accuracy_m=4.0),
            tag=Tag(uid="04A1B2C3D4E5F6", chip="NTAG424", seal_no=f"ES26-{self.seq:06d}"),
            decision=Decision(verdict=verdict, reasons=reasons, proof=SealProof.NOT_VERIFIED, manifest=7),
            photos=(Photo(sha256=sha256, size=1, at=at),) if sha256 else (),
            container=container,
        )
        jws = b".".join(b64url(part).encode() for part in (b"{}", envelope.encode(event), b"signature"))
        row = {"gate": gate, "epoch": 1, "seq": self.seq, "hash": f"{self.seq:043d}", "kind": "SCAN", "jws": jws}
        row |= {
            "event_ms": at_ms,
            "record_ms": record_ms,
            "lane": event.lane,
            "operation": operation,
            "verdict": verdict,
        }
        row |= {"proof": proof, "movement_id": movement, "site": GATES[gate]}
        entry = entry_of(event)
        with writing(self.engine) as connection:
            connection.execute(insert(schema.record).values(row))
            change_id = self.changed(connection, changes.Kind.RECORD, record=self.seq)
            rollups.add(connection, rollups.of_scan(entry, entry.scan, record_ms), change_id)
            if sha256:
                self._keep(connection, gate, sha256)
        return change_id

    def _keep(self, connection: Connection, gate: str, sha256: str) -> None:
        row = {"gate": gate, "sha256": sha256, "size": 1, "received_ms": self.now_ms, "path": f"{sha256}.jpg"}
        connection.execute(insert(schema.photo).values(row))

    def picture(self, text: str, number: int) -> str:
        """Draw a lane picture, say that it is drawn, and return its hash."""
        colour = COLOURS[number % len(COLOURS)]
        image = Image.new("RGB", (640, 400), (120, 134, 150))
        draw = ImageDraw.Draw(image)
        draw.rectangle((0, 320, 640, 400), fill=(74, 74, 72))
        for x in range(40, 600, 14):
            shade = 0.8 if x % 28 else 1.0
            draw.rectangle((x, 90, x + 13, 310), fill=tuple(int(part * shade) for part in colour))
        draw.text((330, 120), text, fill=(240, 240, 236), font_size=36)
        draw.text((10, 376), f"SYNTHETIC {number}", fill=(255, 255, 255), font_size=16)
        encoded = io.BytesIO()
        image.save(encoded, "JPEG", quality=80)
        sha256 = b64url(hashlib.sha256(encoded.getvalue()).digest())
        (self.photos / f"{sha256}.jpg").write_bytes(encoded.getvalue())
        return sha256

    def history(self, minutes: int = 60) -> None:
        """Roll-ups of the last hour: a steady trickle, a few refusals, and an outage at one gate."""
        with writing(self.engine) as connection:
            change_id = self.changed(connection, changes.Kind.RECORD, record=0)
            points = []
            for minute in range(1, minutes):
                at_ms = self.now_ms - minute * MINUTE_MS
                for series, count in (("scans", 3 + minute % 5), ("verdict_go", 2 + minute % 5)):
                    points += [rollups.Point(series, "KEL-W1-01", "OUT1", at_ms, 1.0)] * count
                refused = "verdict_stop" if minute % 11 == 3 else "verdict_refer" if minute % 4 == 0 else "verdict_go"
                points.append(rollups.Point(refused, "KEL-W1-01", "OUT1", at_ms, 1.0))
                depth = max(0, 60 - abs(30 - minute) * 8)
                points.append(rollups.Point("outbox_depth", "KEL-W1-01", "", at_ms, float(depth)))
                points.append(rollups.Point("outbox_age_s", "KEL-W1-01", "", at_ms, depth * 4.0))
            rollups.add(connection, points, change_id)


def tell(story: Story) -> None:
    """The whole story: every state the board knows."""
    minute = MINUTE_MS
    story.begin()
    story.gate_says("KEL-W1-01")
    story.gate_says("WUDU-01", backlog=27, faults=["LINK-DOWN", "CAM-DOWN"])
    story.gate_says("TXG-34-01", state="OFFLINE", heard_ms=12 * minute)
    story.movement("M-000101", "CSQU3054383", "KELW190W", "017A1110", "PAIRED")
    story.movement(
        "M-000102",
        "EGHU9058714",
        "KELW190W",
        "TXGC3400",
        "IN_TRANSIT",
        departed_ms=80 * minute,
        deadline_ms=-25 * minute,
    )
    story.movement(
        "M-000103",
        "TGHU4729137",
        "KHHT5000",
        "TXGC3400",
        "IN_TRANSIT",
        departed_ms=300 * minute,
        deadline_ms=52 * minute,
    )
    story.movement(
        "M-000104",
        "OOLU1192642",
        "KELW190W",
        "017A1110",
        "ARRIVED",
        departed_ms=150 * minute,
        deadline_ms=90 * minute,
        arrived_ms=68 * minute,
    )
    story.movement(
        "M-000105",
        "WHSU2615084",
        "KHHT5000",
        "017A1110",
        "IN_TRANSIT",
        departed_ms=20 * minute,
        deadline_ms=-340 * minute,
        hold_reason="X-REPLAY",
        hold_since_ms=9 * minute,
    )
    story.movement(
        "M-000106",
        "CAIU7044126",
        "TXGC3400",
        "KHHT5000",
        "ARRIVED",
        departed_ms=400 * minute,
        deadline_ms=20 * minute,
        arrived_ms=33 * minute,
    )
    story.movement(
        "M-000107",
        "TEMU3382902",
        "TXGC3400",
        "KELW190W",
        "IN_TRANSIT",
        departed_ms=30 * minute,
        deadline_ms=-125 * minute,
    )
    tell_cases(story)
    tell_scans(story)


def tell_cases(story: Story) -> None:
    """Cases of several kinds, taken and not, certain and not."""
    minute, now = MINUTE_MS, story.now_ms
    deadline = now - 52 * minute
    story.case(
        "S7",
        "M-000103",
        ago_ms=22 * minute,
        inputs={
            "why": "WATERMARK",
            "out_ms": now - 300 * minute,
            "deadline_ms": deadline,
            "arrived_from_ms": None,
            "supply_due": False,
        },
        limits={"route_limit": 3, "route_minutes": 248, "grace_ms": 1_800_000, "wait_max_ms": 7_200_000},
    )
    story.case(
        "S3",
        "M-000104",
        ago_ms=68 * minute,
        acknowledged_ms=now - 30 * minute,
        inputs={"why": "WATERMARK", "arrived_from_ms": now - 68 * minute, "deadline_ms": now - 90 * minute},
        limits={"route_limit": 1, "route_minutes": 60, "grace_ms": 0},
    )
    story.case(
        "X-REPLAY",
        "M-000105",
        ago_ms=9 * minute,
        count=2,
        inputs={
            "reads": [
                {
                    "read": ["KHH-T5-01", 1, 12],
                    "counter": 6,
                    "earlier": ["KEL-W1-01", 1, 4],
                    "earlier_counter": 6,
                    "certain": True,
                }
            ]
        },
        limits={"one_scan_ms": 5000},
    )
    story.case(
        "X-SIG",
        None,
        subject="gate:TXG-34-01",
        ago_ms=3 * minute,
        inputs={"refused": [{"hash": "q" * 43, "reason": "SIGNATURE"}]},
    )
    story.case(
        "S7",
        "M-000107",
        ago_ms=1 * minute,
        status="PROVISIONAL",
        inputs={"why": "BACKLOG"},
        limits={"grace_ms": 1_800_000},
    )
    story.case(
        "S7",
        "M-000106",
        ago_ms=40 * minute,
        status="AUTO_REFUTED",
        inputs={"why": "ARRIVED"},
        limits={"grace_ms": 1_800_000},
    )


def tell_scans(story: Story) -> None:
    """Scans with each verdict, late ones and one without a picture."""
    story.history()
    containers = [
        "CSQU3054383",
        "OOLU6023736",
        "CAIU1726290",
        "TCLU5208382",
        "YMLU2284276",
        "TEMU3328180",
        "TCLU8988596",
    ]
    for index in range(14):
        inward = index % 3 == 0
        story.scan(
            "WUDU-01" if inward else "KEL-W1-01",
            Operation.ARRIVE if inward else Operation.SEAL_OUT_E,
            container=containers[index % len(containers)],
            ago_ms=(index + 3) * 47_000,
        )
    story.scan(
        "WUDU-01", Operation.ARRIVE, container="YMLU8301473", ago_ms=300_000, stored_ago_ms=20_000, proof="NOT_VERIFIED"
    )
    story.scan(
        "KHH-T5-01",
        Operation.SEAL_OUT_E,
        Verdict.STOP,
        reasons=("SEAL-OPEN",),
        container="WHSU2615084",
        movement="M-000105",
        ago_ms=100_000,
        proof="SUN-MAC",
    )
    story.scan(
        "KEL-W1-01",
        Operation.SEAL_OUT_E,
        Verdict.REFER,
        reasons=("PLACE-UNCONFIRMED",),
        container="TCLU6079850",
        ago_ms=60_000,
        proof="NOT_VERIFIED",
        picture=False,
    )
