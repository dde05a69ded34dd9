"""REST resource: accounts of people, kept by whoever keeps accounts and does nothing else."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from cloud.clock import from_ms
from cloud.domain.authority import Role
from cloud.registry.accounts import register as registry
from cloud.web.api.calling import Caller
from cloud.web.api.moments import moment
from cloud.web.api.transaction import PAGE_DEFAULT, After, Limit, Page, page_of

if TYPE_CHECKING:
    from cloud.registry.desk import Desk

router = APIRouter(prefix="/accounts", tags=["accounts"])


class AccountBody(BaseModel):
    """What an account is for (角色、站所); `person` is an id of the register of people."""

    model_config = ConfigDict(extra="forbid")

    roles: list[Role] = Field(min_length=1, max_length=len(Role))
    sites: list[str] = Field(default=[], max_length=registry.SITES_MAX)
    person: str | None = Field(default=None, max_length=32)


class Account(AccountBody):
    """An account as registered."""

    account: str
    must_change: bool = Field(description="the first-login credential waits to be replaced (R-016)")
    created: datetime
    disabled: datetime | None


class NewAccount(Account):
    """An account with the credential it was just given; shown once, good for one sign-in that replaces it."""

    first_credential: str | None


def _account(row: Any) -> Account:
    return Account(**_fields(row))


def _fields(row: Any) -> dict[str, Any]:
    return {
        "account": row.name,
        "roles": row.roles,
        "sites": row.sites,
        "person": row.person,
        "must_change": bool(row.must_change),
        "created": from_ms(row.created_ms),
        "disabled": moment(row.disabled_ms),
    }


@router.put("/{account}", responses={201: {"model": NewAccount}})
def put_account(call: Caller, account: str, body: AccountBody) -> NewAccount:
    """Make an account, or change what it is for; a new one comes with its first-login credential."""
    entry = registry.AccountEntry(name=account, roles=body.roles, sites=body.sites, person=body.person)

    def work(desk: Desk) -> tuple[NewAccount, bool]:
        created, credential = registry.put_account(desk, entry)
        return NewAccount(**_fields(registry.get(desk, account)), first_credential=credential), created

    return call.put(work)


@router.post("/{account}/renew")
def renew(call: Caller, account: str) -> NewAccount:
    """Give an account a new first-login credential; its password and its sessions end."""

    def work(desk: Desk) -> NewAccount:
        credential = registry.renew(desk, account)
        return NewAccount(**_fields(registry.get(desk, account)), first_credential=credential)

    return call.write(work)


@router.post("/{account}/disable")
def disable(call: Caller, account: str) -> Account:
    """Close an account (停用); its sessions end."""

    def work(desk: Desk) -> Account:
        registry.disable(desk, account)
        return _account(registry.get(desk, account))

    return call.write(work)


@router.post("/{account}/enable")
def enable(call: Caller, account: str) -> Account:
    """Open a closed account again."""

    def work(desk: Desk) -> Account:
        registry.enable(desk, account)
        return _account(registry.get(desk, account))

    return call.write(work)


@router.get("/{account}")
def get_account(call: Caller, account: str) -> Account:
    """Return one account."""
    return _account(call.read(lambda desk: registry.get(desk, account)))


@router.get("")
def list_accounts(call: Caller, after: After = "", limit: Limit = PAGE_DEFAULT) -> Page[Account]:
    """Return accounts by name."""
    return page_of(call.read(lambda desk: registry.page(desk, after, limit)), limit, "name", _account)
