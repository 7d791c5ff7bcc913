"""The ARM document of a site or a slot, with every member that a recorded Linux web app has."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

from miwire.lab.state.site import Site

if TYPE_CHECKING:
    from miwire.lab.documents import Clock, Document
    from miwire.lab.state.tenant import Tenant

LOCATION = "West Europe"
WEB_APP = "app,linux"
WINDOWS_WEB_APP = "app"
FUNCTION_APP = "functionapp,linux"
WORKFLOW_APP = "functionapp,workflowapp"
"""A Logic App Standard, on Windows."""
_RECORDED: Document = json.loads(
    files("miwire.lab").joinpath("site_properties.json").read_text(encoding="utf-8")
)
"""
`properties` of a site that azure-dev recorded in April 2026 (Test_CLI_Deploy_SlotDeployment),
less the members made below; its addresses are replaced by ones reserved for documentation.
"""


@dataclass(frozen=True, slots=True)
class SiteName:
    """Where a site stands in ARM; *slot* is empty for production."""

    subscription_id: str
    group: str
    name: str
    slot: str = ""

    @property
    def id(self) -> str:
        """The resource id."""
        below = f"/slots/{self.slot}" if self.slot else ""
        return f"{self._group_id}/providers/Microsoft.Web/sites/{self.name}{below}"

    @property
    def deployment_id(self) -> str:
        """What tells the app from its slots on the machines and in user names."""
        return f"{self.name}__{self.slot}" if self.slot else self.name

    @property
    def plan_id(self) -> str:
        """The resource id of the App Service plan."""
        return f"{self._group_id}/providers/Microsoft.Web/serverfarms/plan-{self.group}"

    @property
    def _group_id(self) -> str:
        return f"/subscriptions/{self.subscription_id}/resourceGroups/{self.group}"


def add_site(
    tenant: Tenant, where: SiteName, kind: str = WEB_APP, *, program: str | None = None
) -> Site:
    """
    Add an app or a slot without an identity and with nothing set about authentication.

    Raises NoPortLeft where all gates of the lab are taken.
    """
    port = tenant.app_ports.of(where.id, tenant.sites)
    document = new_site_document(where, kind, (tenant.addresses.host, port.gate_port), tenant.clock)
    site = Site(document, port.gate_port, program=program, identity_header=port.identity_header)
    tenant.sites[where.id.lower()] = site
    return site


def new_site_document(
    where: SiteName, kind: str, address: tuple[str, int], clock: Clock
) -> Document:
    """Return a running app of *kind* without an identity; *address* is its host and port."""
    name, gate_port = address
    host, scm_host = f"{name}:{gate_port}", f"{where.deployment_id}.scm.{name}"
    is_linux = "linux" in kind
    web_space = f"{where.group}-WestEuropewebspace{'-Linux' if is_linux else ''}"
    made = {
        "name": f"{where.name}({where.slot})" if where.slot else where.name,
        "hostNames": [host],
        "webSpace": web_space,
        "selfLink": (
            f"https://waws-prod-lab-001.api.azurewebsites.windows.net:455/subscriptions/"
            f"{where.subscription_id}/webspaces/{web_space}/sites/{where.name}"
        ),
        "repositorySiteName": where.name,
        "enabledHostNames": [host, scm_host],
        "hostNameSslStates": [_ssl_state(host, "Standard"), _ssl_state(scm_host, "Repository")],
        "serverFarmId": where.plan_id,
        "lastModifiedTimeUtc": modified(clock),
        "deploymentId": where.deployment_id,
        "kind": kind,
        "tags": None,
        "ftpUsername": f"{where.deployment_id}\\${where.deployment_id}",
        "resourceGroup": where.group,
        "defaultHostName": host,
    }
    return {
        "id": where.id,
        "name": f"{where.name}/{where.slot}" if where.slot else where.name,
        "type": "Microsoft.Web/sites/slots" if where.slot else "Microsoft.Web/sites",
        "kind": kind,
        "location": LOCATION,
        "properties": made | (deepcopy(_RECORDED) if is_linux else _on_windows()),
    }


def _on_windows() -> Document:
    """Return the recorded members as a Windows app has them (azure-cli, test_webapp_slot)."""
    properties = deepcopy(_RECORDED)
    properties["reserved"] = False
    properties["siteConfig"]["linuxFxVersion"] = ""
    for each in properties["siteProperties"]["properties"]:
        if each["name"] == "LinuxFxVersion":
            each["value"] = ""
    return properties


def modified(clock: Clock) -> str:
    """Return the time as `lastModifiedTimeUtc` has it: seven digits, no zone."""
    return f"{clock.utc():%Y-%m-%dT%H:%M:%S.%f}0"


def _ssl_state(host: str, host_type: str) -> Document:
    unset = (
        "ipBasedSslResult",
        "virtualIP",
        "virtualIPv6",
        "thumbprint",
        "certificateResourceId",
        "toUpdate",
        "toUpdateIpBasedSsl",
    )
    return {
        "name": host,
        "sslState": "Disabled",
        **dict.fromkeys(unset),
        "ipBasedSslState": "NotConfigured",
        "hostType": host_type,
    }
