"""Writes the series to an InfluxDB 2 server, or one that takes its line protocol, through influxdb-client.

Always one synchronous request: the client's batching interface drops what it cannot deliver (docs/adr).
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Self

from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.client.write_api import SYNCHRONOUS
from influxdb_client.domain.write_precision import WritePrecision
from influxdb_client.rest import ApiException
from urllib3 import Retry
from urllib3.exceptions import HTTPError

from cloud.flows.sinks import SinkError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from cloud.store.rollups import Minute

TIMEOUT_MS = 10_000
DETAIL_CHARS_MAX = 200
PREFIX = "sealgate_"
_SPECIAL_IN_TAG = re.compile(r"([,= ])")
_SPECIAL_IN_MEASUREMENT = re.compile(r"([, ])")


class Influx:
    """One bucket of one server; a `cloud.flows.sinks.Sink`."""

    def __init__(self, url: str, org: str, bucket: str, token: str) -> None:
        place = hashlib.sha256(f"{url.rstrip('/')} {org} {bucket}".encode()).hexdigest()
        self.name = f"influx-{place[:16]}"  # another server or bucket lacks everything
        self._org, self._bucket = org, bucket
        # The flow repeats and waits; a client that also did would hide how long the server has been away.
        self._client = InfluxDBClient(url, token, org=org, timeout=TIMEOUT_MS, retries=Retry(0, redirect=0))
        self._writer = self._client.write_api(write_options=SYNCHRONOUS)

    def write(self, minutes: Sequence[Minute]) -> None:
        """Send minutes in one request; SinkError says what the server answered."""
        lines = [line(minute) for minute in minutes]
        try:
            self._writer.write(
                self._bucket,
                self._org,
                lines,
                write_precision=WritePrecision.MS,  # type: ignore[arg-type] # the client's own constant is a string
            )
        except ApiException as error:
            raise SinkError(f"{error.status} {str(error.body)[:DETAIL_CHARS_MAX]}") from error
        except (HTTPError, OSError) as error:
            raise SinkError(f"{type(error).__name__}: {str(error)[:DETAIL_CHARS_MAX]}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.close()  # type: ignore[no-untyped-call]
        self._client.close()  # type: ignore[no-untyped-call]


def line(minute: Minute) -> str:
    """Write a minute in line protocol: one measurement a series, tags gate and lane, time in milliseconds."""
    lane = f",lane={_tag(minute.lane)}" if minute.lane else ""  # an empty tag is not allowed
    fields = f"count={minute.count}i,max={minute.max!r},sum={minute.sum!r}"
    measurement = _SPECIAL_IN_MEASUREMENT.sub(r"\\\1", PREFIX + _one_line(minute.series))
    return f"{measurement},gate={_tag(minute.gate)}{lane} {fields} {minute.minute_ms}"


def _tag(value: str) -> str:
    # A backslash at the end would escape what follows it, and there is no way to write one there.
    return _SPECIAL_IN_TAG.sub(r"\\\1", _one_line(value).rstrip("\\")) or "-"


def _one_line(value: str) -> str:
    return re.sub(r"[\n\r\t]", "_", value)
