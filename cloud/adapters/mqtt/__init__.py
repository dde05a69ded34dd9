"""The broker as the cloud meets it, over MQTT 5: the loop of ingest, and a publisher for everything else."""

from __future__ import annotations

from cloud.adapters.mqtt.buffered import LinkError
from cloud.adapters.mqtt.endpoint import Endpoint
from cloud.adapters.mqtt.ingest_loop import IngestLoop, calm_collector
from cloud.adapters.mqtt.publisher import Publisher, PublishError

__all__ = ["Endpoint", "IngestLoop", "LinkError", "PublishError", "Publisher", "calm_collector"]
