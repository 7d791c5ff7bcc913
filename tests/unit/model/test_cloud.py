import pytest

from miwire.model.cloud import PUBLISHED, of_issuer

TENANT = "0e3e2e88-8caf-41ca-b4da-e3b33b6c52ec"


@pytest.mark.parametrize("cloud", PUBLISHED, ids=lambda cloud: cloud.name)
def test_the_v2_issuer_of_a_cloud_names_it(cloud):
    assert cloud is of_issuer(cloud.issuers(TENANT).v2)


@pytest.mark.parametrize(
    "issuer",
    [
        pytest.param(f"https://sts.windows.net/{TENANT}/", id="that of two clouds"),
        pytest.param("https://login.microsoftonline.us.evil.example/", id="only begins so"),
        pytest.param("https://[", id="no URL"),
        pytest.param("", id="nothing"),
    ],
)
def test_any_other_issuer_names_none(issuer):
    assert of_issuer(issuer) is None
