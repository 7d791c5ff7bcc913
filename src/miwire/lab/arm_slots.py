"""ARM's Microsoft.Web/sites/slots: which there are, and how one is made."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from miwire.lab.arm import errors as arm_errors
from miwire.lab.easyauth import front_end
from miwire.lab.arm.request import PROVIDER_JSON, ArmResponse
from miwire.lab.state.ports import NoSeatLeft
from miwire.lab.arm.site_document import SiteName, add_site

if TYPE_CHECKING:
    from miwire.lab.arm.request import ArmRequest
    from miwire.lab.state.tenant import Site

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,57}[A-Za-z0-9])?")


def listed(request: ArmRequest, site: Site) -> ArmResponse:
    """List the slots of *site*, production apart."""
    if request.method != "GET":
        raise request.refused_method()
    request.demand("Microsoft.Web/sites/slots/read", site.id)
    prefix = f"{site.id.lower()}/slots/"
    tenant = request.tenant
    slots = [each for key, each in tenant.sites.items() if key.startswith(prefix)]
    found = [front_end.shown(tenant, each) for each in slots]
    return ArmResponse(200, {"value": found, "nextLink": None, "id": None}, PROVIDER_JSON)


def made(request: ArmRequest, site: Site, name: str) -> Site:
    """
    Make the slot *name* of *site*, as PUT does: empty, with nothing of the app's configuration.

    Raises ArmError for a name that no host name can hold (400), and where the lab has no gate
    left (409, in the words for a plan that has no slot left; their number is not known).
    """
    if _NAME.fullmatch(name) is None:
        raise arm_errors.value_invalid("slot", "The name is not valid.")
    properties = site.document["properties"]
    subscription_id = site.id.split("/")[2]
    where = SiteName(subscription_id, properties["resourceGroup"], site.name, name)
    try:
        return add_site(request.tenant, where, site.document["kind"])
    except NoSeatLeft:
        template = (
            "Cannot complete the operation because the site will exceed the number of slots"
            " allowed for the '{0}' SKU."
        )
        raise arm_errors.provider(409, "Conflict", "", template, properties["sku"]) from None
