"""System outages (柒): declared by the centre, evidence sent in, and what is put right afterwards (R-073…R-081)."""

from __future__ import annotations
