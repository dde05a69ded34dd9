"""Sealing instructions: what messages bring, what officers decide and write, what a sealing answers (R-024…R-030)."""

from __future__ import annotations

from cloud.registry.instructions.sealing import Reported, fulfil, paper, reopen, report

__all__ = ["Reported", "fulfil", "paper", "reopen", "report"]
