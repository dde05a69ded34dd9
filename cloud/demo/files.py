"""The demo's folder: settings and keys of every process, written afresh at each start with ports that are free now."""

from __future__ import annotations

import json
import secrets
import shutil
import socket
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from cloud.adapters.keystore import create_keystore
from cloud.demo.town import BADGES, FREE_SEAL_UID, LOADS, SERIES, YARDS, Load, Yard
from schemas.envelope import SigningKey, b64url, unb64url
from schemas.sun import diversify

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cloud.settings import Local

LOOPBACK = "127.0.0.1"
BOARD_PORT = 8080  # and the kiosks after it, if they are free
PORTS_TRIED_MAX = 50
FREE_DISK_BYTES_MIN = 200 * 2**20


class DemoError(Exception):
    """The demo cannot run; the text says why and what to do."""


@dataclass(frozen=True, kw_only=True)
class GatePorts:
    """Where the parts of one gate listen."""

    kiosk: int
    control: int
    gpsd: int
    camera: int
    cable_mqtt: int
    cable_http: int


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Folder and ports of one run."""

    folder: Path
    board: int
    broker: int
    gates: dict[str, GatePorts]

    @property
    def board_url(self) -> str:
        """Address of the board and the REST API."""
        return f"http://{LOOPBACK}:{self.board}"

    def kiosk_url(self, yard: Yard) -> str:
        """Address of a gate's lane screen."""
        return f"http://{LOOPBACK}:{self.gates[yard.gate].kiosk}"

    def control_url(self, yard: Yard) -> str:
        """Address of a gate's emulator."""
        return f"http://{LOOPBACK}:{self.gates[yard.gate].control}"

    def write_addresses(self, sign_in: str) -> None:
        """Tell other programs where everything is: `addresses.json`, with ports and the API token's file."""
        told = {
            "board": self.board_url,
            "sign_in": sign_in,
            "token_file": str((self.cloud_state / "token").resolve()),
            "gates": {yard.gate: asdict(self.gates[yard.gate]) for yard in YARDS},
        }
        (self.folder / "addresses.json").write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")

    @property
    def cloud_config(self) -> Path:
        """Settings of the cloud."""
        return self.folder / "cloud.toml"

    @property
    def cloud_state(self) -> Path:
        """Folder of the cloud's database and keys."""
        return self.folder / "cloud"

    def gate_folder(self, yard: Yard) -> Path:
        """Folder of one gate."""
        return self.folder / yard.gate.lower()


def open_folder(folder: Path, *, fresh: bool) -> None:
    """Make the demo's folder; `fresh` forgets everything an earlier run left there."""
    try:
        if fresh and folder.exists():
            shutil.rmtree(folder)
        (folder / "log").mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise DemoError(f"{folder} 無法使用 · cannot be used: {error.strerror}") from error
    if free < FREE_DISK_BYTES_MIN:
        raise DemoError(f"{folder} 磁碟空間不足 · fewer than {FREE_DISK_BYTES_MIN // 2**20} MB are free there")


def choose_ports(folder: Path) -> Layout:
    """Choose a free port for everything that listens; well-known ones for what a person opens, if they are free."""
    taken: set[int] = set()
    board = _near(BOARD_PORT, taken)
    gates = {}
    for yard in YARDS:
        kiosk = _near(BOARD_PORT + 1, taken)
        control, gpsd, camera, cable_mqtt, cable_http = (_any(taken) for _ in range(5))
        gates[yard.gate] = GatePorts(
            kiosk=kiosk, control=control, gpsd=gpsd, camera=camera, cable_mqtt=cable_mqtt, cable_http=cable_http
        )
    return Layout(folder=folder, board=board, broker=_any(taken), gates=gates)


def _near(port: int, taken: set[int]) -> int:
    for candidate in range(port, port + PORTS_TRIED_MAX):
        if candidate not in taken and _is_free(candidate):
            taken.add(candidate)
            return candidate
    return _any(taken)


def _any(taken: set[int]) -> int:
    for _ in range(PORTS_TRIED_MAX):
        with socket.socket() as probe:
            probe.bind((LOOPBACK, 0))
            port = int(probe.getsockname()[1])
        if port not in taken:
            taken.add(port)
            return port
    raise DemoError("找不到可用的連接埠 · no free port was found")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def gate_key(layout: Layout, name: str) -> SigningKey:
    """Return the key of a gate; drawn once."""
    path = layout.folder / "keys" / f"{name}.key"
    return SigningKey.from_seed(unb64url(_secret(path, lambda: b64url(SigningKey.generate().seed)).encode()))


def password(layout: Layout) -> str:
    """Return the password of everybody in the demo; drawn once."""
    return _secret(layout.folder / "keys" / "people.password", lambda: secrets.token_urlsafe(12))


def seal_master(layout: Layout) -> bytes:
    """Return the master key of the demo's seals; drawn once, as whoever makes the seals would."""
    return bytes.fromhex(_secret(layout.folder / "keys" / "seals.master", lambda: secrets.token_hex(16)))


def _secret(path: Path, draw: Callable[[], str]) -> str:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(draw() + "\n", encoding="ascii")
    return path.read_text(encoding="ascii").strip()


def write_cloud(layout: Layout, broker: Local) -> None:
    """Write the cloud's settings and its sealed file of seal keys."""
    layout.cloud_state.mkdir(parents=True, exist_ok=True)
    create_keystore(layout.cloud_state / "seals.key", {SERIES: seal_master(layout)})
    layout.cloud_config.write_text(
        f"state_dir = {_text(layout.cloud_state.resolve())}\n\n"
        f'[mqtt]\nport = {layout.broker}\nlocal = "{broker}"\n\n'
        f"[web]\nport = {layout.board}\n",
        encoding="utf-8",
    )


def write_gate(layout: Layout, yard: Yard, cloud_jwk: dict[str, str]) -> None:
    """Write the settings of one gate: its emulated hardware, and the agent that knows nothing of that."""
    folder = layout.gate_folder(yard)
    folder.mkdir(parents=True, exist_ok=True)
    gate_key(layout, yard.gate)
    (folder / "camera.password").write_text("demo-camera\n", encoding="ascii")
    (folder / "emulator.toml").write_text(_emulator(layout, yard), encoding="utf-8")
    (folder / "gate.toml").write_text(_agent(layout, yard, cloud_jwk), encoding="utf-8")


def _emulator(layout: Layout, yard: Yard) -> str:
    ports, master = layout.gates[yard.gate], seal_master(layout)
    cards = [_badge_card(badge.id, badge.uid, badge.label_zh, badge.label_en) for badge in BADGES]
    cards += [_seal_card(load, master) for load in LOADS]
    cards.append(_free_seal_card(master))
    return "\n".join(
        [
            f"state_dir = {_text(layout.gate_folder(yard).resolve() / 'emulator')}",
            f"card_dir = {_text(layout.folder.resolve() / 'cards')}",
            f"control_port = {ports.control}",
            '\n[[readers]]\nlane = "L1"',
            f"\n[gps]\nlat = {yard.lat}\nlon = {yard.lon}\nport = {ports.gpsd}",
            f'\n[camera]\nport = {ports.camera}\nuser = "gate"\npassword = "demo-camera"',
            f"place_zh = {_text(yard.name_zh)}\nplace_en = {_text(yard.name_en)}",
            f'\n[[cables]]\nname = "mqtt"\nto_port = {layout.broker}\nport = {ports.cable_mqtt}',
            f'\n[[cables]]\nname = "http"\nto_port = {layout.board}\nport = {ports.cable_http}\n',
            *cards,
        ]
    )


def _badge_card(name: str, uid: str, zh: str, en: str) -> str:
    return f'[[cards]]\nid = "{name}"\nkind = "uid"\nuid = "{uid}"\nlabel_zh = {_text(zh)}\nlabel_en = {_text(en)}\n'


def _seal_card(load: Load, master: bytes) -> str:
    # A copy has the right UID and no way to the right key.
    key = diversify(bytes(16) if load.copied else master, bytes.fromhex(load.uid))
    zh, en = f"{load.label_zh} {load.container}", f"{load.label_en} {load.container}"
    counter = 2 if load.arrived_min is not None else 1 if load.departed_min is not None else 0
    return (
        f'[[cards]]\nid = "{load.card}"\nkind = "ntag424"\nuid = "{load.uid}"\nlabel_zh = {_text(zh)}\n'
        f'label_en = {_text(en)}\nkey = "{key.hex()}"\ncounter = {counter}\ncontainer = "{load.container}"\n'
        f'seal_no = "{load.seal_no}"\nplate = "{load.plate}"\n'
    )


def _free_seal_card(master: bytes) -> str:
    key = diversify(master, bytes.fromhex(FREE_SEAL_UID))
    return (
        f'[[cards]]\nid = "seal-unpaired"\nkind = "ntag424"\nuid = "{FREE_SEAL_UID}"\nkey = "{key.hex()}"\n'
        'label_zh = "未配櫃的封條"\nlabel_en = "A seal without a pairing"\n'
    )


def _agent(layout: Layout, yard: Yard, cloud_jwk: dict[str, str]) -> str:
    folder, ports = layout.gate_folder(yard).resolve(), layout.gates[yard.gate]
    jwk = ", ".join(f"{name} = {_text(value)}" for name, value in cloud_jwk.items())
    return f"""gate = "{yard.gate}"
state_dir = {_text(folder / "state")}
key_file = {_text(layout.folder.resolve() / "keys" / f"{yard.gate}.key")}

[cloud]
pinned_keys = [{{ {jwk} }}]

[mqtt]
host = "{LOOPBACK}"
port = {ports.cable_mqtt}

[http]
upload_url = "http://{LOOPBACK}:{ports.cable_http}"

[[lanes]]
id = "L1"
reader = {_text(f"tty:{folder / 'emulator' / 'reader-L1'}:pn532")}

[lanes.camera]
url = "http://{LOOPBACK}:{ports.camera}/lanes/L1/snapshot.jpg"
user = "gate"
password_file = {_text(folder / "camera.password")}

[gpsd]
host = "{LOOPBACK}"
port = {ports.gpsd}

[kiosk]
host = "{LOOPBACK}"
port = {ports.kiosk}

[simulation]
control_url = "{layout.control_url(yard)}"
"""


def _text(value: object) -> str:
    """Write a TOML basic string; JSON's escapes are among TOML's."""
    return json.dumps(str(value), ensure_ascii=False)
