"""The ARM document of a site, with every member that a recorded Linux web app has."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from miwire.lab.tenant import Clock, Document

LOCATION = "West Europe"
KIND = "app,linux"
_RECORDED: Document = json.loads(
    files("miwire.lab").joinpath("site_properties.json").read_text(encoding="utf-8")
)
"""
`properties` of a site that azure-dev recorded in April 2026 (Test_CLI_Deploy_SlotDeployment),
less the members made below; its addresses are replaced by ones reserved for documentation.
"""


@dataclass(frozen=True, slots=True)
class SiteName:
    """Where a site stands in ARM."""

    subscription_id: str
    group: str
    name: str

    @property
    def id(self) -> str:
        """The resource id."""
        return f"{self._group_id}/providers/Microsoft.Web/sites/{self.name}"

    @property
    def plan_id(self) -> str:
        """The resource id of the App Service plan."""
        return f"{self._group_id}/providers/Microsoft.Web/serverfarms/plan-{self.group}"

    @property
    def _group_id(self) -> str:
        return f"/subscriptions/{self.subscription_id}/resourceGroups/{self.group}"


def new_site_document(where: SiteName, gate_port: int, clock: Clock) -> Document:
    """Return a running Linux web app without an identity, reached at localhost:*gate_port*."""
    host, scm_host = f"localhost:{gate_port}", f"{where.name}.scm.localhost"
    web_space = f"{where.group}-WestEuropewebspace-Linux"
    made = {
        "name": where.name,
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
        "deploymentId": where.name,
        "kind": KIND,
        "tags": None,
        "ftpUsername": f"{where.name}\\${where.name}",
        "resourceGroup": where.group,
        "defaultHostName": host,
    }
    return {
        "id": where.id,
        "name": where.name,
        "type": "Microsoft.Web/sites",
        "kind": KIND,
        "location": LOCATION,
        "properties": made | deepcopy(_RECORDED),
    }


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
