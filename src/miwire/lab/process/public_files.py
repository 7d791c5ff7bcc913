"""What a lab writes into its folder: certificates, the cloud file, and what describes itself."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import certifi

from miwire.lab.process import environment, state_dir

if TYPE_CHECKING:
    from miwire.lab.documents import Document
    from miwire.lab.process.state_dir import StateFolder
    from miwire.lab.scenes.builder import Operator
    from miwire.lab.state.tenant import Tenant

_UNSET = (
    "activeDirectoryDataLakeResourceId",
    "appInsightsResourceId",
    "appInsightsTelemetryChannelResourceId",
    "attestationResourceId",
    "azmirrorStorageAccountResourceId",
    "batchResourceId",
    "gallery",
    "logAnalyticsResourceId",
    "mediaResourceId",
    "ossrdbmsResourceId",
    "portal",
    "sqlManagement",
    "synapseAnalyticsResourceId",
    "vmImageAliasDoc",
)


def claim(folder: StateFolder) -> None:
    """Say whose the folder is before anything else is in it: `lab.json` of a lab not yet up."""
    folder.empty()
    folder.write_held(_json({"pid": os.getpid(), "ready": False}))


def write_public(folder: StateFolder, tenant: Tenant, ca: bytes) -> None:
    """Write the CA's certificate, the same with the public roots, and the cloud file."""
    folder.write(state_dir.CA, ca)
    folder.write(state_dir.CA_BUNDLE, ca + Path(certifi.where()).read_bytes())
    folder.write(state_dir.CLOUD, _json(_cloud(tenant)))
    folder.file(state_dir.AZURE_CONFIG).mkdir(mode=0o700)


def log_errors(folder: StateFolder) -> None:
    """Send standard error to the log: the program that started the lab reads it no longer."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW
    log = os.open(folder.file(state_dir.LOG), flags, 0o600)
    os.dup2(log, 2)
    os.close(log)


def write_info(folder: StateFolder, tenant: Tenant, operator: Operator) -> None:
    """Write where the lab answers, and what its operator exports: secrets, hence mode 0600."""
    addresses = tenant.addresses
    services = {
        "arm": addresses.arm,
        "graph": addresses.graph,
        "entra": addresses.entra,
        "identityEndpoint": f"{addresses.identity_endpoint}/msi/token",
    }
    info = {
        "pid": os.getpid(),
        "ready": True,
        "services": services,
        "environment": environment.of_operator(tenant, operator, folder),
    }
    folder.write_held(_json(info))


def _cloud(tenant: Tenant) -> Document:
    """Return the lab in the shape of `az cloud show`."""
    addresses = tenant.addresses
    return {
        "endpoints": {
            "activeDirectory": addresses.entra,
            "activeDirectoryGraphResourceId": addresses.graph,
            "activeDirectoryResourceId": addresses.arm,
            "management": addresses.arm,
            "microsoftGraphResourceId": addresses.graph,
            "resourceManager": addresses.arm,
            **dict.fromkeys(_UNSET),
        },
        "isActive": False,
        "name": "MiwireLab",
        "profile": "latest",
        "suffixes": {},
    }


def _json(document: Document) -> bytes:
    return json.dumps(document, indent=2).encode() + b"\n"
