"""Where the picture quota is reached, what is least needed goes first; nothing goes silently, and no event ever."""

from __future__ import annotations

import msgspec
import pytest

from edge.domain.need import Need, needs_of
from edge.store.database import NotStoredError
from edge.store.photos import PhotoStore
from schemas.messages import Operation, Photo
from tests.edge_gate import NOW, StandingClock, open_outbox
from tests.integration.edge_core.scans import scan
from tests.integration.edge_core.test_uploads import Queue, Server

SIZE = 100
MOVED = (Operation.SEAL_OUT_E, Operation.SEAL_OUT_P, Operation.ARRIVE, Operation.MAKEUP_ARRIVE, Operation.ABNORMAL_IN)


def picture(number):
    return b"\xff\xd8" + bytes([number]) * (SIZE - 4) + b"\xff\xd9"


class PowerCutError(Exception):
    """The power went away here."""


class Shelf:
    """A picture shelf with room for `room` pictures, filled by events as a lane would."""

    def __init__(self, folder, room):
        self.folder, self.room, self.clock, self.taken = folder, room, StandingClock(), 0

    async def open(self):
        self.opened = await open_outbox(self.folder, self.clock)
        self.photos = PhotoStore(self.folder / "photos", self.opened.database, SIZE * self.room, self.clock.now)
        await self.photos.load()
        return self

    async def event(self, operation, pictures=1):
        """Take pictures and store the event that names them; return their hashes."""
        names = []
        for _ in range(pictures):
            self.taken += 1
            names.append(await self.photos.keep(picture(self.taken)))
        self.clock.forward(1)
        shots = tuple(Photo(sha256=name, size=SIZE, at=NOW) for name in names)

        def build(link):
            time = self.clock.now()
            return msgspec.structs.replace(scan(link), operation=operation, photos=shots, time=time)

        await self.opened.records.append(build)
        for name in names:
            await self.photos.drop(name)
        return names

    async def on_shelf(self, names):
        return [await self.photos.read(name) is not None for name in names]

    async def restart(self):
        await self.opened.records.close()
        return await self.open()

    async def close(self):
        await self.opened.records.close()


@pytest.fixture
async def shelf(tmp_path):
    shelf = await Shelf(tmp_path, 8).open()
    yield shelf
    await shelf.close()


@pytest.mark.req("R-056")
@pytest.mark.parametrize("operation", list(Operation))
def test_only_the_first_picture_of_what_moved_or_held_something_is_kept_to_the_last(operation):
    shots = tuple(Photo(sha256=letter * 43, size=1, at=NOW) for letter in "abc")
    event = msgspec.structs.replace(scan(None), operation=operation, photos=shots)
    first, *others = (need for _, need in needs_of(event))
    moved_nothing = {Operation.INSPECT, Operation.READ_CONFIRM_OUT, Operation.READ_CONFIRM_IN}
    assert first is (Need.MOVED_NOTHING if operation in moved_nothing else Need.KEPT)
    assert others == [Need.EXTRA, Need.EXTRA]


@pytest.mark.req("R-056", "R-111")
async def test_what_is_least_needed_goes_first_and_the_oldest_of_each(shelf):
    [inspected] = await shelf.event(Operation.INSPECT)
    departed, extra_out = await shelf.event(Operation.SEAL_OUT_E, 2)
    [sent_late] = await shelf.event(Operation.SEAL_OUT_P)
    [confirmed] = await shelf.event(Operation.READ_CONFIRM_IN)
    arrived, extra_in = await shelf.event(Operation.ARRIVE, 2)
    asked = await shelf.photos.put_up(picture(100), "TEST", 0)
    await shelf.photos.settle(sent_late, "SENT")
    await shelf.photos.settle(departed, "SENT")
    order = [departed, sent_late, asked, extra_out, extra_in, inspected, confirmed]
    for number in range(len(order)):
        shown = await shelf.on_shelf(order)
        assert shown == [False] * number + [True] * (len(order) - number)
        await shelf.event(Operation.ABNORMAL_IN)
    assert await shelf.on_shelf([*order, arrived]) == [False] * len(order) + [True]
    assert shelf.photos.shed == 5  # the two that the cloud has are not lost
    with pytest.raises(NotStoredError, match="DISK-FULL"):
        await shelf.event(Operation.ARRIVE)
    assert await shelf.on_shelf([arrived]) == [True]


@pytest.mark.req("R-056", "R-111")
@pytest.mark.parametrize("operation", MOVED)
async def test_the_last_picture_of_a_movement_or_hold_and_papers_stay_until_the_cloud_has_them(tmp_path, operation):
    shelf = await Shelf(tmp_path, 3).open()
    names = [(await shelf.event(operation))[0] for _ in range(2)]
    names.append(await shelf.photos.put_up(picture(100), "PAPER", 0))
    with pytest.raises(NotStoredError, match="DISK-FULL"):
        await shelf.photos.keep(picture(101))
    assert await shelf.on_shelf(names) == [True] * 3
    assert shelf.photos.shed == 0
    await shelf.close()


@pytest.mark.req("R-111")
async def test_nothing_is_given_up_in_vain(shelf):
    names = [*await shelf.event(Operation.INSPECT), *await shelf.event(Operation.ARRIVE)]
    with pytest.raises(NotStoredError, match="DISK-FULL"):
        await shelf.photos.keep(bytes(SIZE * 8))
    assert await shelf.on_shelf(names) == [True, True]
    assert shelf.photos.shed == 0


@pytest.mark.req("R-056")
async def test_what_a_session_holds_is_not_shed_though_an_old_event_could_miss_it(tmp_path):
    shelf = await Shelf(tmp_path, 1).open()
    [old] = await shelf.event(Operation.INSPECT)
    assert await shelf.photos.keep(picture(1)) == old  # a camera that is frozen shows it again
    with pytest.raises(NotStoredError):
        await shelf.photos.keep(picture(2))
    shelf.taken = 0
    assert await shelf.event(Operation.ARRIVE) == [old]
    await shelf.photos.drop(old)
    with pytest.raises(NotStoredError):  # now a movement needs it, too
        await shelf.photos.keep(picture(2))
    await shelf.close()


@pytest.mark.req("R-111")
async def test_a_shed_picture_is_remembered_over_a_restart_and_its_event_stays(tmp_path):
    shelf = await Shelf(tmp_path, 1).open()
    [name] = await shelf.event(Operation.INSPECT)
    await shelf.event(Operation.ARRIVE)
    depth = shelf.opened.records.depth
    await shelf.restart()
    assert shelf.opened.records.depth == depth == 3
    now_ms = round(shelf.clock.at.timestamp() * 1000)
    assert (shelf.photos.shed, shelf.photos.shed_lately(now_ms)) == (1, True)
    rows = await shelf.opened.database.rows("SELECT sha256, size, need, shed_ms FROM shed")
    assert rows == [(name, SIZE, Need.MOVED_NOTHING, now_ms - 1000)]
    shelf.clock.forward(91 * 86_400)
    await shelf.photos.expire(0)
    assert shelf.photos.shed == 0
    await shelf.close()


@pytest.mark.req("R-111")
@pytest.mark.parametrize("committed", [False, True])
async def test_power_cut_while_shedding_leaves_the_picture_whole_or_shed(tmp_path, monkeypatch, committed):
    shelf = await Shelf(tmp_path, 1).open()
    [name] = await shelf.event(Operation.INSPECT)

    def cut(*_args):
        raise PowerCutError

    monkeypatch.setattr(shelf.photos, "_remove" if committed else "_now_ms", cut)
    with pytest.raises(PowerCutError):
        await shelf.photos.keep(picture(9))
    assert (tmp_path / "photos" / f"{name}.jpg").exists()
    await shelf.restart()
    assert await shelf.photos.waits(name) != committed
    assert await shelf.on_shelf([name]) == [not committed]
    assert shelf.photos.shed == committed
    assert list((tmp_path / "photos-unnamed").iterdir()) == []
    await shelf.photos.keep(picture(9))  # and the room that was wanted is there
    await shelf.close()


@pytest.mark.req("R-111")
async def test_what_was_shed_while_it_went_up_is_no_loss_once_the_cloud_has_it(shelf):
    [name] = await shelf.event(Operation.INSPECT)
    await shelf.photos._give_up(name)
    await shelf.photos.settle(name, "SENT")
    assert shelf.photos.shed == 0


@pytest.mark.req("R-111")
async def test_pictures_go_up_by_need_and_one_shed_before_its_turn_is_passed_over_without_a_complaint(tmp_path):
    server = Server(201)
    queue = await Queue(tmp_path).open(server)
    shelf = Shelf(tmp_path, 100)
    shelf.opened, shelf.photos = queue.opened, queue.photos
    inspected, extra = await shelf.event(Operation.INSPECT, 2)
    departed, _ = await shelf.event(Operation.SEAL_OUT_E, 2)
    [arrived] = await shelf.event(Operation.ARRIVE)
    waiting, went = None, []
    while waiting := await queue.photos.next(waiting):
        went.append(waiting.sha256)
    assert went[:4] == [departed, arrived, inspected, extra]
    assert len(went) == 5
    last = await queue.photos.next()
    await queue.photos._give_up(last.sha256)
    assert await queue.uploads.send(last)
    assert server.got == []
    assert queue.faults.all() == ()
    await queue.close()
