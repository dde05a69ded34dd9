"""Goods on hold (留置): placed and reported at once, papers asked for after, lifted by officers only (R-068…R-072)."""

from __future__ import annotations

from cloud.registry.holds.chasing import chase
from cloud.registry.holds.papers import IdCopyEntry, StatementEntry, add_id_copy, add_statement, read_statement
from cloud.registry.holds.placing import PlaceEntry, ReportEntry, place, report
from cloud.registry.holds.reading import History, Hold, find, history, page
from cloud.registry.holds.releasing import annul, complete, lift
from cloud.registry.holds.rules import RuleLift, lift_of_rules
from cloud.registry.holds.seen import SeenEntry, hold_at_lane
from cloud.store.registry.holds import Wanted

__all__ = [
    "History",
    "Hold",
    "IdCopyEntry",
    "PlaceEntry",
    "ReportEntry",
    "RuleLift",
    "SeenEntry",
    "StatementEntry",
    "Wanted",
    "add_id_copy",
    "add_statement",
    "annul",
    "chase",
    "complete",
    "find",
    "history",
    "hold_at_lane",
    "lift",
    "lift_of_rules",
    "page",
    "place",
    "read_statement",
    "report",
]
