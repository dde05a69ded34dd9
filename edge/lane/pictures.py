"""A lane's pictures: taken, put on disk before anything names them (R-056), and looked at by a machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from edge.lane.desk import CrashPoint
from edge.ports import CameraError
from schemas.messages import Photo

if TYPE_CHECKING:
    from collections.abc import Iterable

    from edge.lane.desk import Desk
    from edge.ports import Camera, Examiner

PICTURE_BYTES_MAX = 16 * 2**20  # as the contract carries it


class Pictures:
    """Camera, shelf and eye of one lane."""

    def __init__(self, desk: Desk, camera: Camera, examiner: Examiner | None) -> None:
        self._desk = desk
        self._camera = camera
        self._examiner = examiner

    async def take(self) -> Photo:
        """Return a picture whose exact bytes are on disk, with what is wrong with it.

        Raises CameraError or NotStoredError, each with its code.
        """
        jpeg = await self.shoot()
        self._desk.reached(CrashPoint.PICTURE_TAKEN)
        name = await self._desk.photos.keep(jpeg)
        self._desk.reached(CrashPoint.PICTURE_ON_DISK)
        found = await self._examiner.examine(jpeg) if self._examiner is not None else ()
        return Photo(sha256=name, size=len(jpeg), at=self._desk.clock.now().at, found=found)

    async def shoot(self) -> bytes:
        """Return the bytes of one picture, kept nowhere; raises CameraError."""
        shot = await self._camera.take()
        if len(shot.jpeg) > PICTURE_BYTES_MAX:
            raise CameraError("CAM-PICTURE", f"{len(shot.jpeg)} bytes")
        return shot.jpeg

    async def drop(self, pictures: Iterable[Photo]) -> None:
        """Let go of pictures that no session names any more; those that an event names stay."""
        for picture in pictures:
            await self._desk.photos.drop(picture.sha256)

    def next_vehicle(self) -> None:
        """Say that the pictures to come are of another vehicle."""
        if self._examiner is not None:
            self._examiner.next_vehicle()

    def read(self, pictures: tuple[Photo, ...]) -> tuple[Photo, ...]:
        """Return the pictures with the container numbers that a machine has read from them by now."""
        if self._examiner is None:
            return pictures
        numbers = {picture.sha256: self._examiner.number_on(picture.sha256) for picture in pictures}
        return tuple(replace(picture, reads=numbers[picture.sha256]) for picture in pictures)


def kept_anyway(picture: Photo, why: str) -> Photo:
    """Return the picture with the reason for which a person keeps it."""
    return replace(picture, override=why)
