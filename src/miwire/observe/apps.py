"""Find the apps that the command line names, and the tenant they live in."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial
from typing import TYPE_CHECKING

from miwire.azure.concurrency import gather
from miwire.errors import BadRequest, NotFound, NotPermitted
from miwire.model.cloud import Account
from miwire.remedy import Fix, Remedy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from miwire.azure.session import Azure
    from miwire.azure.sites import Subscription
    from miwire.model.site import AppName, Site, SiteRef

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Found:
    """Apps that were looked up, and the session of the tenant that they live in."""

    azure: Azure
    sites: tuple[Site, ...]
    """In the order of the names."""
    account: Account
    """Where and as whom they were read; the subscription is the first app's."""


def find(azure: Azure, names: Sequence[AppName]) -> Found:
    """
    Return the apps of *names* and the session of their tenant.

    Raises NotFound for an app that does not exist, BadRequest where a bare name fits several or
    the apps live in two tenants, NotPermitted where no subscription is visible.
    """
    search = _Search(azure)
    # Before any app is read: a token of the wrong tenant would be refused there.
    named = {search.tenant_of(name.subscription) for name in names if name.subscription}
    _refuse_two(named)
    for tenant_id in named:
        search.azure = azure.for_tenant(tenant_id)
    search.list_for(names)
    found = gather(*(partial(search.find, name) for name in names))
    for site in found:
        _ = site.url  # before anything is changed: what has no host can be neither called nor shown
    tenants = {search.tenant_of(site.ref.subscription) for site in found}
    _refuse_two(tenants)
    return Found(azure.for_tenant(tenants.pop()), found, search.account(found[0]))


def find_locked(
    read: Callable[[], Found], to_lock: Callable[[Sequence[Site]], Iterable[SiteRef]]
) -> Found:
    """
    Return what *read* finds, once no other run on this machine can change the apps *to_lock*.

    Where another run had to end first, what was read before that is old: it is read again.
    """
    found = read()
    return read() if found.azure.lock_apps(to_lock(found.sites)) else found


def _refuse_two(tenants: set[str]) -> None:
    if len(tenants) > 1:
        raise BadRequest(
            f"These apps are in different tenants ({', '.join(sorted(tenants))}).",
            hint=(
                "A managed identity gets tokens only in its own tenant: SOURCE and "
                "TARGET must share one."
            ),
        )


class _Search:
    """Lists every subscription at most once, whatever the number of names."""

    def __init__(self, azure: Azure) -> None:
        self.azure = azure
        self._subscriptions: dict[str, Subscription] = {}
        self._visible: list[Subscription] | None = None
        self._listed: dict[str, tuple[Site, ...]] = {}

    def list_for(self, names: Sequence[AppName]) -> None:
        """List the apps of every subscription in which a name has to be looked up."""
        where = {each for name in names if name.ref is None for each in self._where(name)}
        missing = sorted(where - self._listed.keys())
        lists = gather(*(partial(self.azure.sites.listed, each) for each in missing))
        self._listed |= dict(zip(missing, lists, strict=True))

    def find(self, name: AppName) -> Site:
        ref = name.ref
        if ref is not None:
            return self.azure.sites.get(ref)
        where = self._where(name)
        hits = [site for each in where for site in self._listed[each] if _fits(name, site)]
        if not hits:
            known = [site.ref.name for each in where for site in self._listed[each]]
            raise NotFound(
                f"No app named {name} in {_these(where)}.{_near(name.name, known)}",
                fix=Fix(Remedy.CHOOSE_WHERE_TO_LOOK),
            )
        if len(hits) > 1:
            ids = " and ".join(site.ref.id for site in hits[:_SHOWN])
            raise BadRequest(
                f"{name} matches {len(hits)} apps: {ids}.",
                hint="Specify it as GROUP/NAME or by its resource ID.",
            )
        site = hits[0]
        if name.slot and site.ref.slot is None:
            with_slot = type(site.ref)(
                site.ref.subscription, site.ref.group, site.ref.name, name.slot
            )
            return self.azure.sites.get(with_slot)
        return site

    def tenant_of(self, subscription: str) -> str:
        if subscription not in self._subscriptions:
            self._subscriptions[subscription] = self.azure.sites.subscription(subscription)
        return self._subscriptions[subscription].tenant_id

    def account(self, site: Site) -> Account:
        """Return where and as whom an app was read, by what had to be read anyway."""
        subscription = site.ref.subscription
        return Account(
            cloud=self.azure.cloud.name,
            tenant_id=self.tenant_of(subscription),
            subscription_id=subscription,
            subscription_name=self._subscriptions[subscription].name,
            signed_in_as=self.azure.credentials.account or "",
        )

    def _all(self) -> list[Subscription]:
        if self._visible is None:
            self._visible = [each for each in self.azure.sites.subscriptions() if each.enabled]
            self._subscriptions |= {each.id: each for each in self._visible}
        if not self._visible:
            raise NotPermitted(
                "The signed-in account can't see an enabled subscription.",
                hint="Ask for the Reader role on the apps, or use another account.",
            )
        return self._visible

    def _where(self, name: AppName) -> list[str]:
        return [name.subscription] if name.subscription else [each.id for each in self._all()]


def _fits(name: AppName, site: Site) -> bool:
    if name.host is not None:
        hosts = {site.default_host_name.lower(), *(host.lower() for host in site.host_names)}
        return name.host in hosts
    if name.group and name.group.casefold() != site.ref.group.casefold():
        return False
    return (name.name or "").casefold() == site.ref.name.casefold()


def _near(name: str | None, known: Sequence[str]) -> str:
    """Return the question whether the nearest of the *known* names was meant, or nothing."""
    nearest = get_close_matches((name or "").casefold(), known, n=1, cutoff=0.75)
    return f" Did you mean {nearest[0]}?" if nearest else ""


def _these(subscriptions: list[str]) -> str:
    if len(subscriptions) == 1:
        return f"subscription {subscriptions[0]}"
    return f"the {len(subscriptions)} visible subscriptions"
