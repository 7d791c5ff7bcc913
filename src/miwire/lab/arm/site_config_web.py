"""ARM's config/web: how an app is run. Of it, access restrictions alone can be changed here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from miwire.lab.arm import errors
from miwire.lab.easyauth import front_end
from miwire.lab.easyauth.front_end import ANY_ADDRESS, DEFAULT_ACTION, RESTRICTIONS, networks

if TYPE_CHECKING:
    from miwire.lab.documents import Document
    from miwire.lab.state.site import Site
    from miwire.lab.state.tenant import Tenant

_ANYBODY = [
    {
        "ipAddress": "Any",
        "action": "Allow",
        "priority": 2147483647,
        "name": "Allow all",
        "description": "Allow all access",
    }
]
_DEFAULTS: Document = {
    "numberOfWorkers": 1,
    "defaultDocuments": ["Default.htm", "index.html", "hostingstart.html"],
    "netFrameworkVersion": "v4.0",
    "phpVersion": "",
    "pythonVersion": "",
    "nodeVersion": "",
    "powerShellVersion": "",
    "requestTracingEnabled": False,
    "remoteDebuggingEnabled": False,
    "httpLoggingEnabled": False,
    "acrUseManagedIdentityCreds": False,
    "logsDirectorySizeLimit": 35,
    "detailedErrorLoggingEnabled": False,
    "scmType": "None",
    "use32BitWorkerProcess": True,
    "webSocketsEnabled": False,
    "appCommandLine": "",
    "managedPipelineMode": "Integrated",
    "virtualApplications": [
        {
            "virtualPath": "/",
            "physicalPath": "site\\wwwroot",
            "preloadEnabled": False,
            "virtualDirectories": None,
        }
    ],
    "loadBalancing": "LeastRequests",
    "experiments": {"rampUpRules": []},
    "autoHealEnabled": False,
    "vnetName": "",
    "vnetRouteAllEnabled": False,
    "vnetPrivatePortsCount": 0,
    "localMySqlEnabled": False,
    "ipSecurityRestrictions": _ANYBODY,
    "scmIpSecurityRestrictions": _ANYBODY,
    "scmIpSecurityRestrictionsUseMain": False,
    "http20Enabled": True,
    "minTlsVersion": "1.2",
    "scmMinTlsVersion": "1.2",
    "ftpsState": "FtpsOnly",
    "preWarmedInstanceCount": 0,
    "functionAppScaleLimit": 0,
    "healthCheckPath": None,
    "fileChangeAuditEnabled": False,
    "functionsRuntimeScaleMonitoringEnabled": False,
    "websiteTimeZone": None,
    "minimumElasticInstanceCount": 0,
}
"""What azure-cli recorded of a new app (test_webapp_slot, 2021), with today's TLS and FTP."""


_ACTIONS = ("Allow", "Deny")


def properties(tenant: Tenant, site: Site) -> Document:
    """Return `properties` of config/web: what is set, what the site's document tells, defaults."""
    told = site.document["properties"]["siteConfig"]
    known = {name: value for name, value in told.items() if value is not None}
    user = str(site.document["properties"]["ftpUsername"]).partition("\\")[2]
    written = front_end.config(tenant, site)
    return dict.fromkeys(told) | _DEFAULTS | known | written | {"publishingUsername": user}


def patch(site: Site, sent: Document) -> None:
    """
    Take the access restrictions of *sent* (`properties`); all else is what a client read.

    Raises ArmError (400) for a rule without an address or an action.
    """
    written = {name: sent[name] for name in (RESTRICTIONS, DEFAULT_ACTION) if sent.get(name)}
    rules = written.get(RESTRICTIONS, [])
    if not isinstance(rules, list) or not all(map(_is_rule, rules)):
        reason = "Each rule needs an IP address in CIDR notation and an action, Allow or Deny."
        raise errors.value_invalid(f"properties.{RESTRICTIONS}", reason)
    if written.get(DEFAULT_ACTION, _ACTIONS[0]) not in _ACTIONS:
        reason = "The value is not Allow or Deny."
        raise errors.value_invalid(f"properties.{DEFAULT_ACTION}", reason)
    site.web_config = site.web_config | written


def _is_rule(rule: Any) -> bool:  # noqa: ANN401 - JSON is any value
    if not isinstance(rule, dict) or rule.get("action", _ACTIONS[0]) not in _ACTIONS:
        return False
    address, priority = rule.get("ipAddress"), rule.get("priority", 0)
    if not isinstance(address, str) or isinstance(priority, bool) or not isinstance(priority, int):
        return False
    if address.lower() == ANY_ADDRESS or rule.get("tag", "Default") != "Default":
        return True
    try:
        return bool(networks(address))
    except ValueError:
        return False
