"""enable-identity for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from miwire.cli.render.terminal import show_doubts, show_rows, shown, stdout
from miwire.cli.render.text.plan import plan
from miwire.operations import enable_identity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from miwire.model.directory import ServicePrincipal
    from miwire.domain.site import Site
    from miwire.errors import ExitCode
    from miwire.plan.plan import Outcome


def identity(outcome: Outcome, exit_code: ExitCode, *, dry_run: bool) -> None:
    """Print the identities of the app."""
    del exit_code
    console = stdout()
    site = outcome.wiring.the_source
    if dry_run:
        plan(outcome)
        return
    state = "it has" if outcome.plan else "nothing to do: it has"
    console.print(f"[name]{shown(str(site.ref))}[/name]: {state} {shown(site.identity.type)}")
    show_rows(_rows(site, outcome.wiring.source_principal))
    show_doubts(enable_identity.unknown(outcome.wiring))


def _rows(site: Site, principal: ServicePrincipal | None) -> Iterator[tuple[str, ...]]:
    system = site.identity.system
    if system is not None:
        client_id = principal.app_id if principal else "not known: the directory did not tell"
        yield "principal id", shown(system.principal_id), "[quiet]its object id: oid in tokens"
        yield "client id", shown(client_id), "[quiet]its app id: appid or azp in tokens"
        yield "tenant", shown(system.tenant_id)
    for each in site.identity.user_assigned:
        name = shown(each.id.rpartition("/")[2])
        yield "user-assigned", name, f"[quiet]client id {shown(str(each.client_id))}"
