"""The adapters through the real SDKs, in this process, against the lab."""

import json
from pathlib import Path

import pytest

from miwire.azure.session import Azure
from miwire.azure.waiter import Waiter
from miwire.model.cloud import Cloud


@pytest.fixture
def session(lab, monkeypatch):
    """Return a function that opens an Azure as the operator, or as the identity of an app."""
    opened = []

    def enter(site=None):
        environment = lab.environment if site is None else lab.inside(site)
        for name in ("IDENTITY_ENDPOINT", "IDENTITY_HEADER", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
            monkeypatch.setenv(name, environment[name])
        monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "ManagedIdentityCredential")
        document = json.loads(Path(lab.environment["MIWIRE_CLOUD"]).read_text())
        azure = Azure(Cloud.of_document(document, "cloud.json"), Waiter(5.0))
        opened.append(azure)
        return azure

    yield enter
    for azure in opened:
        azure.__exit__()


@pytest.fixture
def azure(session, lab):
    """The operator's Azure, its tenant known."""
    operator = session()
    operator.tenant_id = lab.tenant_id
    return operator
