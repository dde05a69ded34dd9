"""Documents as evidence: scans, permits, statements, copies of papers; kept by the hash of their bytes (R-069, R-070).

Another service takes the SHA-256 of what was put before, and says so with `require` before it rests on it.
"""

from __future__ import annotations

from cloud.registry.documents.keeping import put, receive, release, require
from cloud.registry.documents.reading import Content, Document, describe, look_at, read

__all__ = ["Content", "Document", "describe", "look_at", "put", "read", "receive", "release", "require"]
