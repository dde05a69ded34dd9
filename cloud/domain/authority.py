"""Who may do what, and where: roles, acts, and the one table that joins them (R-004…R-011, R-037, R-096, R-097).

The services of `cloud.registry` ask `denial` before they act; docs/authority.md is generated from `GRANTS`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


class Role(StrEnum):
    """What an account is for; a person may hold several."""

    OFFICER = "OFFICER"  # 關員：監管、出站、進站
    CENTRE = "CENTRE"  # 監控中心
    JOINT_CENTRE = "JOINT_CENTRE"  # 聯合管理中心
    IT = "IT"  # 資訊室、維運單位
    ADMIN = "ADMIN"  # keeps accounts, and nothing else: no evidence passes through these hands
    OPERATOR = "OPERATOR"  # 業者
    SPECIALIST = "SPECIALIST"  # 專責人員
    CLERK = "CLERK"  # 收櫃人員
    TRADER = "TRADER"  # 運輸、承攬、報關
    DRIVER = "DRIVER"  # 載運司機: reads his own movement, files nothing
    SYSTEM = "SYSTEM"  # a user's own system, by the token of the house


class Act(StrEnum):
    """One thing that can be asked of the registry; `…_READ` are acts as well, where what is read is not for all."""

    # one's own account
    SIGN_IN = "SIGN_IN"
    SIGN_OUT = "SIGN_OUT"
    PASSWORD_WRITE = "PASSWORD_WRITE"  # noqa: S105 -- the name of an act
    PIN_WRITE = "PIN_WRITE"  # of one's own badge, for the kiosk
    # places and gates
    SITE_WRITE = "SITE_WRITE"
    ROUTE_LIMIT_WRITE = "ROUTE_LIMIT_WRITE"
    GATE_WRITE = "GATE_WRITE"
    GATE_COMMAND = "GATE_COMMAND"
    GATE_CARE = "GATE_CARE"  # restart, test picture, diagnostics, and what the gate answers with
    TAG_APPLY = "TAG_APPLY"
    TAG_MOUNT = "TAG_MOUNT"
    TAG_DECIDE = "TAG_DECIDE"
    TAG_RETIRE = "TAG_RETIRE"
    # people and accounts
    OFFICE_WRITE = "OFFICE_WRITE"
    CONTACT_WRITE = "CONTACT_WRITE"
    OPERATOR_WRITE = "OPERATOR_WRITE"
    OFFICER_WRITE = "OFFICER_WRITE"
    SPECIALIST_WRITE = "SPECIALIST_WRITE"
    DRIVER_WRITE = "DRIVER_WRITE"
    PERSON_READ = "PERSON_READ"  # masked
    PERSON_REVEAL = "PERSON_REVEAL"  # in full, with a reason, on the audit log
    BADGE_WRITE = "BADGE_WRITE"
    ACCOUNT_WRITE = "ACCOUNT_WRITE"
    AUDIT_READ = "AUDIT_READ"
    # stock
    SEAL_REQUEST = "SEAL_REQUEST"
    SEAL_ISSUE = "SEAL_ISSUE"
    SEAL_WRITE = "SEAL_WRITE"  # chip and number, verification key by reference
    SEAL_SCRAP = "SEAL_SCRAP"
    SEAL_SEND = "SEAL_SEND"
    SEAL_DIAGNOSE = "SEAL_DIAGNOSE"
    SEAL_STORE = "SEAL_STORE"
    REGISTER_READ = "REGISTER_READ"
    REGISTER_CORRECT = "REGISTER_CORRECT"
    # instructions, orders, sealing
    MESSAGE_IMPORT = "MESSAGE_IMPORT"
    CUSTOMS_CODE_WRITE = "CUSTOMS_CODE_WRITE"  # what a code of customs' tables asks for
    INSTRUCTION_WRITE = "INSTRUCTION_WRITE"
    INSTRUCTION_DECIDE = "INSTRUCTION_DECIDE"
    INSTRUCTION_READ = "INSTRUCTION_READ"
    WORKLIST_READ = "WORKLIST_READ"  # what messages leave open, and which messages came
    ORDER_WRITE = "ORDER_WRITE"
    NOTICE_WRITE = "NOTICE_WRITE"
    SEALING_APPLY = "SEALING_APPLY"  # an E request or a Pa application
    SEALING_DECIDE = "SEALING_DECIDE"
    SEALING_READ = "SEALING_READ"  # applications beside one's own
    PAIR_E = "PAIR_E"
    PAIR_PA = "PAIR_PA"
    OPENING_WRITE = "OPENING_WRITE"
    PERMIT_WRITE = "PERMIT_WRITE"
    TARIFF_WRITE = "TARIFF_WRITE"
    FEE_READ = "FEE_READ"
    # custody
    DOCUMENT_WRITE = "DOCUMENT_WRITE"
    DOCUMENT_READ = "DOCUMENT_READ"
    RESTRICTED_READ = "RESTRICTED_READ"
    HOLD_PLACE = "HOLD_PLACE"
    HOLD_LIFT = "HOLD_LIFT"
    OUTAGE_DECLARE = "OUTAGE_DECLARE"
    EVIDENCE_SUBMIT = "EVIDENCE_SUBMIT"
    RECONCILE = "RECONCILE"
    ARRIVAL_MANUAL = "ARRIVAL_MANUAL"
    CASE_ACKNOWLEDGE = "CASE_ACKNOWLEDGE"
    FOOTAGE_ORDER = "FOOTAGE_ORDER"  # that a yard keeps its cameras' footage for 90 days, and which cases need it
    REGISTRY_READ = "REGISTRY_READ"  # what holds no personal data: sites, gates, seals, orders, movements, cases


class Reach(StrEnum):
    """How far a grant goes."""

    OWN = "OWN"  # only at the actor's own sites
    ALL = "ALL"


_O, _A = Reach.OWN, Reach.ALL
_CUSTOMS = {Role.OFFICER: _O, Role.CENTRE: _A}
_EVERYBODY_INSIDE = {Role.JOINT_CENTRE: _A, Role.IT: _A, Role.OPERATOR: _O, Role.SPECIALIST: _O, Role.CLERK: _O}
_EVERYBODY_WRITING = dict.fromkeys(frozenset(Role) - {Role.IT, Role.ADMIN, Role.DRIVER}, _A)

_EVERY_PERSON = dict.fromkeys(frozenset(Role) - {Role.SYSTEM}, _A)

GRANTS: Mapping[Act, Mapping[Role, Reach]] = MappingProxyType({
    Act.SIGN_IN: _EVERY_PERSON,
    Act.SIGN_OUT: _EVERY_PERSON,
    Act.PASSWORD_WRITE: _EVERY_PERSON,
    Act.PIN_WRITE: {Role.OFFICER: _A, Role.SPECIALIST: _A},
    Act.SITE_WRITE: {Role.CENTRE: _A, Role.SYSTEM: _A},
    Act.ROUTE_LIMIT_WRITE: {Role.CENTRE: _A, Role.SYSTEM: _A},
    Act.GATE_WRITE: {Role.IT: _A, Role.SYSTEM: _A},
    Act.GATE_COMMAND: {Role.IT: _A, Role.CENTRE: _A, Role.SYSTEM: _A},
    Act.GATE_CARE: {Role.IT: _A, Role.SYSTEM: _A},
    Act.TAG_APPLY: {Role.OPERATOR: _O},
    Act.TAG_MOUNT: {Role.OFFICER: _O},
    Act.TAG_DECIDE: {Role.CENTRE: _A},
    Act.TAG_RETIRE: _CUSTOMS,
    Act.OFFICE_WRITE: {Role.CENTRE: _A, Role.SYSTEM: _A},
    Act.CONTACT_WRITE: {Role.CENTRE: _A, Role.SYSTEM: _A},
    Act.OPERATOR_WRITE: {Role.CENTRE: _A, Role.SYSTEM: _A},
    Act.OFFICER_WRITE: {Role.CENTRE: _A, Role.SYSTEM: _A},
    Act.SPECIALIST_WRITE: {Role.OPERATOR: _O},
    Act.DRIVER_WRITE: {Role.OPERATOR: _A, Role.TRADER: _A, Role.SYSTEM: _A},
    Act.PERSON_READ: _CUSTOMS | {Role.OPERATOR: _O},
    Act.PERSON_REVEAL: _CUSTOMS,
    Act.BADGE_WRITE: {Role.CENTRE: _A, Role.SYSTEM: _A},
    Act.ACCOUNT_WRITE: {Role.ADMIN: _A},
    Act.AUDIT_READ: {Role.CENTRE: _A, Role.ADMIN: _A},
    Act.SEAL_REQUEST: {Role.OPERATOR: _O},
    Act.SEAL_ISSUE: {Role.OFFICER: _O, Role.CENTRE: _A},
    Act.SEAL_WRITE: {Role.OFFICER: _O, Role.CENTRE: _A, Role.SYSTEM: _A},
    Act.SEAL_SCRAP: {Role.OFFICER: _O, Role.CENTRE: _A, Role.OPERATOR: _O, Role.SPECIALIST: _O},
    Act.SEAL_SEND: {Role.OFFICER: _O, Role.OPERATOR: _O, Role.SPECIALIST: _O},
    Act.SEAL_DIAGNOSE: {Role.CENTRE: _A},
    Act.SEAL_STORE: {Role.OFFICER: _O},
    Act.REGISTER_READ: _CUSTOMS | {Role.OPERATOR: _O},
    Act.REGISTER_CORRECT: _CUSTOMS | {Role.OPERATOR: _O},
    Act.MESSAGE_IMPORT: {Role.CENTRE: _A, Role.IT: _A, Role.SYSTEM: _A},
    Act.CUSTOMS_CODE_WRITE: {Role.CENTRE: _A},
    Act.INSTRUCTION_WRITE: {Role.OFFICER: _O},
    Act.INSTRUCTION_DECIDE: {Role.OFFICER: _O},
    Act.INSTRUCTION_READ: _CUSTOMS | {Role.OPERATOR: _O, Role.SPECIALIST: _O, Role.SYSTEM: _A},
    Act.WORKLIST_READ: _CUSTOMS | {Role.SYSTEM: _A},
    Act.ORDER_WRITE: {Role.OPERATOR: _O, Role.SYSTEM: _A},
    Act.NOTICE_WRITE: {Role.OPERATOR: _O, Role.CLERK: _O, Role.SYSTEM: _A},
    Act.SEALING_APPLY: {Role.OPERATOR: _A, Role.TRADER: _A},
    Act.SEALING_DECIDE: {Role.OFFICER: _O},
    Act.SEALING_READ: _CUSTOMS,
    Act.PAIR_E: {Role.OFFICER: _O, Role.SPECIALIST: _O},
    Act.PAIR_PA: {Role.OFFICER: _O},
    Act.OPENING_WRITE: {Role.OFFICER: _O},
    Act.PERMIT_WRITE: {Role.OFFICER: _O},
    Act.TARIFF_WRITE: {Role.CENTRE: _A},
    Act.FEE_READ: _CUSTOMS | {Role.OPERATOR: _O},
    Act.DOCUMENT_WRITE: _EVERYBODY_WRITING,
    Act.DOCUMENT_READ: {Role.OFFICER: _A, Role.CENTRE: _A, Role.JOINT_CENTRE: _A},
    Act.RESTRICTED_READ: _CUSTOMS,
    Act.HOLD_PLACE: {Role.OPERATOR: _O, Role.SPECIALIST: _O, Role.CLERK: _O, Role.OFFICER: _O},
    Act.HOLD_LIFT: {Role.OFFICER: _O},
    Act.OUTAGE_DECLARE: {Role.CENTRE: _A},
    Act.EVIDENCE_SUBMIT: {Role.OPERATOR: _O, Role.SPECIALIST: _O, Role.OFFICER: _O},
    Act.RECONCILE: {Role.OPERATOR: _O, Role.OFFICER: _O},
    Act.ARRIVAL_MANUAL: {Role.OFFICER: _O},
    Act.FOOTAGE_ORDER: _CUSTOMS,
    Act.CASE_ACKNOWLEDGE: _CUSTOMS | {Role.JOINT_CENTRE: _A},
    Act.REGISTRY_READ: _CUSTOMS | _EVERYBODY_INSIDE | {Role.SYSTEM: _A},
})  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Who acts: the account, what it is for, and the place codes it belongs to at this moment."""

    account: str
    roles: frozenset[Role]
    sites: frozenset[str] = field(default=frozenset())
    person: str | None = None  # id in the register of people; None for a system


def scope(actor: Actor, act: Act) -> frozenset[str] | None:
    """Return the sites within which `actor` may do `act`: None for all of them, empty for nowhere."""
    reaches = {GRANTS[act][role] for role in actor.roles if role in GRANTS[act]}
    if Reach.ALL in reaches:
        return None
    return actor.sites if reaches else frozenset()


def denial(actor: Actor, act: Act, sites: Collection[str] = ()) -> str | None:
    """Return why `actor` may not do `act` touching `sites`, or None where it may.

    A grant for own sites needs one of `sites` to be the actor's; an act that touches no site needs a site at all.
    """
    reaches = {GRANTS[act][role] for role in actor.roles if role in GRANTS[act]}
    if not reaches:
        return f"{act} is not for {', '.join(sorted(actor.roles)) or 'nobody'}"
    if Reach.ALL in reaches:
        return None
    if actor.sites and (not sites or not actor.sites.isdisjoint(sites)):
        return None
    return f"{act} at {', '.join(sorted(sites)) or 'no site'} is outside the actor's sites"
