"""The OpenID Connect discovery documents and key sets of this authority."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from miwire.lab.documents import Document
    from miwire.lab.state.tenant import Tenant

_RESPONSE_TYPES = {
    "v1": ["code", "id_token", "code id_token", "token id_token", "token"],
    "v2": ["code", "id_token", "code id_token", "id_token token"],
}
_CLAIMS = ["sub", "iss", "cloud_instance_name", "cloud_instance_host_name"]
_CLAIMS += ["cloud_graph_host_name", "msgraph_host", "aud", "exp", "iat", "auth_time", "acr"]
_CLAIMS_V1 = [*_CLAIMS, "amr", "nonce", "email", "given_name", "family_name", "nickname"]
_CLAIMS_V2 = [*_CLAIMS, "nonce", "preferred_username", "name", "tid", "ver"]
_CLAIMS_V2 += ["at_hash", "c_hash", "email"]


def discovery_v1(tenant: Tenant, segment: str) -> Document:
    """
    Return the v1 document under *segment*: the tenant's id, `common` or `organizations`.

    Its members are those of a recorded document; the two shared ones name a template issuer.
    """
    base = f"{tenant.addresses.entra}/{segment}"
    return {
        "token_endpoint": f"{base}/oauth2/token",
        **_shared("v1", f"{tenant.addresses.entra}/common/discovery/keys"),
        "scopes_supported": ["openid"],
        "issuer": f"{tenant.addresses.entra}/{_issuing(tenant, segment)}/",
        "microsoft_multi_refresh_token": True,
        "authorization_endpoint": f"{base}/oauth2/authorize",
        "device_authorization_endpoint": f"{base}/oauth2/devicecode",
        "http_logout_supported": True,
        "frontchannel_logout_supported": True,
        "end_session_endpoint": f"{base}/oauth2/logout",
        "claims_supported": _CLAIMS_V1,
        "check_session_iframe": f"{base}/oauth2/checksession",
        "userinfo_endpoint": f"{base}/openid/userinfo",
        **_cloud(tenant, segment),
    }


def discovery_v2(tenant: Tenant, segment: str) -> Document:
    """Return the v2 document under *segment*, as discovery_v1 does the other."""
    base = f"{tenant.addresses.entra}/{segment}"
    return {
        "token_endpoint": f"{base}/oauth2/v2.0/token",
        **_shared("v2", f"{base}/discovery/v2.0/keys"),
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "issuer": _issuer_v2(tenant, segment),
        "request_uri_parameter_supported": False,
        "userinfo_endpoint": f"{tenant.addresses.graph}/oidc/userinfo",
        "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
        "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
        "http_logout_supported": True,
        "frontchannel_logout_supported": True,
        "end_session_endpoint": f"{base}/oauth2/v2.0/logout",
        "claims_supported": _CLAIMS_V2,
        **_cloud(tenant, segment),
    }


def key_set(tenant: Tenant, segment: str) -> Document:
    """Return the public keys; each carries the v2 issuer of *segment*."""
    issuer = _issuer_v2(tenant, segment)
    return {"keys": [key.jwk(issuer) for key in tenant.keys]}


def _shared(version: str, jwks_uri: str) -> Document:
    return {
        "token_endpoint_auth_methods_supported": [
            "client_secret_post",
            "private_key_jwt",
            "client_secret_basic",
        ],
        "jwks_uri": jwks_uri,
        "response_modes_supported": ["query", "fragment", "form_post"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": _RESPONSE_TYPES[version],
    }


def _cloud(tenant: Tenant, segment: str) -> Document:
    return {
        "kerberos_endpoint": f"{tenant.addresses.entra}/{segment}/kerberos",
        "tenant_region_scope": "WW" if segment == tenant.tenant_id else None,
        "cloud_instance_name": urlsplit(tenant.addresses.entra).netloc,
        "cloud_graph_host_name": "graph.windows.net",
        "msgraph_host": urlsplit(tenant.addresses.graph).netloc,
        "rbac_url": "https://pas.windows.net",
    }


def _issuing(tenant: Tenant, segment: str) -> str:
    return segment if segment == tenant.tenant_id else "{tenantid}"


def _issuer_v2(tenant: Tenant, segment: str) -> str:
    return f"{tenant.addresses.entra}/{_issuing(tenant, segment)}/v2.0"
