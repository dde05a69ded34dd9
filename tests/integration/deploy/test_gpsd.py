"""gpsd under the shipped options: it asks the receiver before anybody watches, so the first fix is there at once."""

import re
import shlex
import socket
from pathlib import Path

from tests.processes import LOOPBACK, Server, free_port, installed, unprivileged
from tests.waiting import wait_for

SHIPPED = Path("firmware-config/gpsd/gpsd.default").read_text()
ONE_FIX = b"$GPRMC,011230.00,A,2507.8720,N,12144.5860,E,0.0,0.0,231126,,,A*5E\r\n"


def options() -> list[str]:
    found = re.search(r'^GPSD_OPTIONS="(.*)"$', SHIPPED, flags=re.MULTILINE)
    assert found
    return shlex.split(found[1])


def test_the_receiver_is_read_before_anybody_asks(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    port, feed = free_port(), free_port(socket.SOCK_DGRAM)
    command = (installed("gpsd", "gpsd"), "-N", *options(), "-S", str(port), f"udp://{LOOPBACK}:{feed}")
    with (
        Server(name="gpsd", command=command, folder=tmp_path, user=unprivileged(), port=port).start(),
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver,
        socket.create_connection((LOOPBACK, port), timeout=5) as client,
        client.makefile("rwb") as lines,
    ):
        assert b'"class":"VERSION"' in lines.readline()

        def known() -> bool:
            receiver.sendto(ONE_FIX, (LOOPBACK, feed))
            lines.write(b"?DEVICES;\n")  # asks for no data: only -n makes gpsd open the receiver by itself
            lines.flush()
            return b'"activated":' in lines.readline()

        wait_for(known, what="gpsd has activated the receiver")


def test_the_receiver_has_the_name_that_udev_gives_it() -> None:
    device = re.search(r'^DEVICES="/dev/(.*)"$', SHIPPED, flags=re.MULTILINE)
    assert device
    assert f'SYMLINK+="{device[1]}"' in Path("firmware-config/udev/70-sealgate.rules").read_text()
