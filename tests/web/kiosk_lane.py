"""A lane played by the test, and the kiosk served to a real browser: states go in, presses come out."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import io
import threading
from typing import TYPE_CHECKING, Any

import msgspec
import uvicorn
from PIL import Image, ImageDraw

from edge.domain.view import Act, Check, HoldView, LaneView, Refused, Step
from edge.kiosk.app import create
from schemas.messages import Location, Operation, SealKind, SealPosition, SealProof, Verdict
from tests.processes import LOOPBACK, free_port, listens
from tests.waiting import wait_for

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from edge.settings import Voice

STOP_S = 10.0
CLOCK_DAY = "2026-11-23T02:32:00+00:00"
CLOCK_NIGHT = "2026-11-23T14:32:00+00:00"

EMPTY = LaneView(
    id=1,
    gate="KEL-CY1",
    lane="OUT-1",
    step=Step.IDLE,
    site_zh="五堵貨櫃場（虛構）",
    site_en="Wudu yard (fictional)",
    clock=CLOCK_DAY,
    online=True,
    waiting=0,
    faults=(),
    holds=(),
    simulation=False,
)
HOLD = HoldView(container="TCLU4265727", seal_no="ES26-418700", reason="X-MAC", since="2026-11-23T01:05:00+00:00")


def picture() -> bytes:
    """A synthetic door, so that the page has something to show."""
    image = Image.new("RGB", (1280, 720), "#28425c")
    draw = ImageDraw.Draw(image)
    for x in (180, 640, 1100):
        draw.line((x, 40, x, 640), fill="#cfd8e3", width=10)
    draw.rectangle((0, 650, 1280, 720), fill="#0a0f16")
    draw.text((30, 670), "SYNTHETIC EGHU9058710 2026-11-23 10:32", fill="white", font_size=32)
    out = io.BytesIO()
    image.save(out, "JPEG")
    return out.getvalue()


PICTURE = picture()
PICTURE_HASH = base64.urlsafe_b64encode(hashlib.sha256(PICTURE).digest()).rstrip(b"=").decode()


# what a lane lets a person do at each step, where a test says nothing else
ACTS: dict[Step, tuple[str, ...]] = {
    Step.IDLE: (),
    Step.SIGNED_IN: ("operation", "unreadable", "cancel", "sign_out"),
    Step.PIN: ("pin", "undo", "cancel"),
    Step.LOOKUP: ("lookup", "undo", "cancel"),
    Step.GROUNDS: ("choose", "undo", "cancel"),
    Step.CHECKS: ("answer", "undo", "cancel"),
    Step.PHOTO: ("photo", "keep", "undo", "cancel"),
    Step.CONFIRM: ("confirm", "photo", "undo", "cancel"),
    Step.VERDICT: ("cancel", "sign_out", "acknowledge"),
    Step.PAPERS: ("paper", "cancel", "sign_out", "acknowledge"),
}


def state(**changes: Any) -> LaneView:
    """The empty state with `changes`."""
    view = msgspec.structs.replace(EMPTY, **changes)
    return view if "acts" in changes else msgspec.structs.replace(view, acts=ACTS[view.step])


def signed_in(**changes: Any) -> LaneView:
    return state(
        **{
            "step": Step.SIGNED_IN,
            "actor": "K-1024",
            "role": "SPECIALIST",
            "seconds_left": 87,
            "location": Location.CONFIRMED,
            "operations": (Operation.READ_CONFIRM_OUT, Operation.SCRAP),
        }
        | changes
    )


def loaded(**changes: Any) -> LaneView:
    """A seal was read at the origin."""
    papers = {
        "operation": Operation.SEAL_OUT_E,
        "container": "EGHU9058710",
        "seal_no": "ES26-418823",
        "plate": "KLB-2291",
        "transport_order": "AA15112345678900001",
        "load": "塑膠粒 20,160 KGM",
        "kind": SealKind.E,
        "operations": (),
    }
    return signed_in(**papers | changes)


def checking(check: Check, **changes: Any) -> LaneView:
    done = dict.fromkeys(list(Check)[: list(Check).index(check)], True)
    return loaded(step=Step.CHECKS, check=check, checks_done={str(name): ok for name, ok in done.items()}, **changes)


POSITIONS = tuple(str(position) for position in SealPosition)


def sealing(**changes: Any) -> LaneView:
    """The one question for the seal on the door."""
    return checking(Check.SEALED, **{"choices": (*POSITIONS, "NOT-LOCKED", "TAMPERED")} | changes)


ALL_GOOD = {str(check): True for check in Check}


def photographed(**changes: Any) -> LaneView:
    return loaded(
        **{"step": Step.CONFIRM, "checks_done": ALL_GOOD, "photo_sha256": PICTURE_HASH, "chosen": ("RIGHT_INNER_ROD",)}
        | changes
    )


def go(**changes: Any) -> LaneView:
    light = {
        "step": Step.VERDICT,
        "verdict": Verdict.GO,
        "reasons": ("DEPARTED",),
        "proof": SealProof.VERIFIED,
        "record": "1/7",
    }
    return photographed(**light | changes)


def stop(**changes: Any) -> LaneView:
    return go(**{"verdict": Verdict.STOP, "reasons": ("CONTAINER-DIFFERS",), "photo_sha256": None} | changes)


def refer(**changes: Any) -> LaneView:
    return go(**{"verdict": Verdict.REFER, "reasons": ("PLACE-UNCONFIRMED",), "photo_sha256": None} | changes)


class Bell:
    """As the lane's: whoever waits is woken by the next ring."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    async def wait(self) -> None:
        await self._rung.wait()

    def ring(self) -> None:
        self._rung.set()
        self._rung = asyncio.Event()


class PlayedLane:
    """Shows what the test puts on, notes what is pressed, and refuses if told to."""

    def __init__(self, view: LaneView = EMPTY) -> None:
        self._view = view
        self.changed = Bell()
        self.presses: list[Act] = []
        self.refusal: str | None = None
        self.answer: Callable[[Act], LaneView | None] = lambda _act: None

    def view(self) -> LaneView:
        return self._view

    async def act(self, act: Act) -> None:
        self.presses.append(act)
        if self.refusal:
            raise Refused(self.refusal)
        following = self.answer(act)
        if following is not None:
            self.put(following)

    def put(self, view: LaneView) -> None:
        self._view = msgspec.structs.replace(view, id=self._view.id + 1, lane=self._view.lane)
        self.changed.ring()

    def change_quietly(self, view: LaneView) -> None:
        """Become another state and tell nobody."""
        self._view = msgspec.structs.replace(view, id=self._view.id)


class ServedKiosk:
    """The kiosk in a thread of its own; can be killed and started again on the same port."""

    def __init__(self, lanes: dict[str, PlayedLane], control_url: str | None = None, *, voice: Voice = "tones") -> None:
        self.lanes = lanes
        self.voice = voice
        self.control_url = control_url
        self.port = free_port()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def lane(self) -> PlayedLane:
        return next(iter(self.lanes.values()))

    def start(self) -> None:
        app = create(self.lanes, _pictures, control_url=self.control_url, voice=self.voice)
        config = uvicorn.Config(app, host=LOOPBACK, port=self.port, log_level="critical", timeout_graceful_shutdown=0)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=asyncio.run, args=(self._serve(self._server),), daemon=True)
        self._thread.start()
        wait_for(lambda: listens(self.port), what="the kiosk listens")

    def stop(self) -> None:
        if self._server and self._thread:
            self._server.should_exit = True
            self._thread.join(STOP_S)
            self._server = None

    def show(self, view: LaneView) -> None:
        """Put a state on the first lane."""
        self.call(self.lane.put, view)

    def call(self, action: Callable[..., None], *values: Any) -> None:
        async def run() -> None:
            action(*values)

        self.run(run())

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        assert self._loop is not None
        asyncio.run_coroutine_threadsafe(work, self._loop).result(STOP_S)

    async def _serve(self, server: uvicorn.Server) -> None:
        self._loop = asyncio.get_running_loop()
        await server.serve()


async def _pictures(sha256: str) -> bytes | None:
    return PICTURE if sha256 == PICTURE_HASH else None
