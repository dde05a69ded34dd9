"""Whether the broker lets this gate in, without disturbing an agent that is signed in."""

from __future__ import annotations

import socket
import ssl
import time
from typing import TYPE_CHECKING

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from edge.app import parts
from edge.app.found import Found, mend
from edge.settings import SettingsError

if TYPE_CHECKING:
    from edge.settings import Settings

BROKER_S = 5.0


def look(settings: Settings, *, running: bool) -> Found:
    """Connect as the gate; while the agent runs only TCP and TLS are tried: a second sign-in would end its session."""
    mqtt, said = settings.mqtt, list[str]()
    try:
        target = parts.target(settings, lambda: ("", b""))
        if running:
            with socket.create_connection((mqtt.host, mqtt.port), timeout=BROKER_S) as plain:
                if target.tls is not None:
                    target.tls.wrap_socket(plain, server_hostname=mqtt.host).close()
            return Found(
                part="broker",
                level="NOTE",
                zh="可連線，登入由執行中的代理程式使用",
                en="reached; the running agent is the one signed in",
            )
        # the gate's own session goes on: nothing that waits in it is taken (no acknowledgement) or thrown away
        client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id=target.client_id, protocol=paho.MQTTv5, manual_ack=True
        )
        kept = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        kept.SessionExpiryInterval = target.session_expiry_s
        if target.tls is not None:
            client.tls_set_context(target.tls)
        if target.username is not None:
            client.username_pw_set(target.username, target.password)
        client.on_connect = lambda _client, _data, _flags, reason, _properties: said.append(str(reason))
        client.connect_timeout = BROKER_S
        client.connect(mqtt.host, mqtt.port, keepalive=10, clean_start=False, properties=kept)
        ends_s = time.monotonic() + BROKER_S
        while not said and time.monotonic() < ends_s:
            client.loop(0.1)
        client.disconnect()
    except ssl.SSLError as error:
        return mend(
            "broker", "TLS 憑證不符", str(error), "檢查 CA 與閘道憑證及時鐘", "Check authority, certificate and clock"
        )
    except (OSError, SettingsError, ValueError) as error:
        place = f"{mqtt.host}:{mqtt.port}"
        return mend(
            "broker",
            f"無法連線 {place}",
            f"{place}: {error}",
            "檢查網路、位址與防火牆",
            "Check network, address and firewall",
        )
    if said[:1] != ["Success"]:
        refused = said[0] if said else "no answer"
        return mend(
            "broker",
            f"伺服器拒絕：{refused}",
            f"refused: {refused}",
            "檢查帳號、密碼與權限",
            "Check user, password and rights",
        )
    return Found(part="broker", level="OK", zh="可連線登入", en="connected and signed in")
