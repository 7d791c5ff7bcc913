"""ARM's config/web: how an app is run. Nothing of it can be changed in the lab."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from miwire.lab.documents import Document
    from miwire.lab.state.site import Site

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


def properties(site: Site) -> Document:
    """Return `properties` of config/web: what the site's own document tells, and defaults."""
    told = site.document["properties"]["siteConfig"]
    known = {name: value for name, value in told.items() if value is not None}
    user = str(site.document["properties"]["ftpUsername"]).partition("\\")[2]
    return dict.fromkeys(told) | _DEFAULTS | known | {"publishingUsername": user}
