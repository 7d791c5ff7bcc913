"""Let one source in to a target that is protected, beside those who are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from miwire.errors import BadRequest
from miwire.model import auth_settings as at
from miwire.model.auth_settings_edit import Mode
from miwire.model.wiring import Part
from miwire.operations import protect, scope_setting
from miwire.operations.impact import notes, questions
from miwire.operations.protect import Protection
from miwire.plan.changes.auth_settings import WriteAuthSettings
from miwire.plan.plan import Plan
from miwire.shell_words import sh

if TYPE_CHECKING:
    from collections.abc import Iterator

    from miwire.model.wiring import Wiring


def plan(wiring: Wiring, app_role: str = "Caller") -> Plan:
    """
    Plan the app role, the places in the lists that restrict, and the app setting for the scope.

    The setting is the source's, where one is named; nothing else is touched.

    Raises BadRequest where the target is not protected, or where the source's code would call with
    another identity than the one that is let in.
    """
    settings, target = wiring.the_target.settings, wiring.the_target.site
    in_use = settings.enabled and settings.client_id and settings.effective(at.AAD_ENABLED)
    if not in_use:
        raise BadRequest(
            f"{target.display_name} doesn't require Entra ID tokens yet, so callers "
            "can't be added.",
            hint=(
                "Protect it and add the caller: miwire connect "
                f"{sh(str(wiring.the_source.ref))} {sh(str(target.ref))}"
            ),
        )
    refuse_another_identity(wiring)
    asked = Protection(app_role=app_role, joining=True)
    gate = WriteAuthSettings(target.display_name, Mode.JOINING)
    after = gate.preview(wiring).the_target.settings
    writes = bool(settings.differences(after))
    directory = tuple(protect.directory_changes(wiring, asked))
    setting = tuple(scope_setting.changes(wiring, after))
    said = notes(wiring, after, Mode.JOINING)
    return Plan(
        wiring,
        (*directory, *setting, *((gate,) if writes else ())),
        notes=(*unlooked(wiring), *said, *scope_setting.notes(wiring, setting)),
        questions=tuple(questions(wiring, after, Mode.JOINING)) if directory or writes else (),
        purpose=f"allow {wiring.the_source.name} to call {target.display_name}",
    )


def refuse_another_identity(wiring: Wiring, identity: str | None = None) -> None:
    """
    Stop where the source's app settings send its code to another identity than is wired.

    DefaultAzureCredential takes the client id in AZURE_CLIENT_ID (FACTS, fact 11): the wiring would
    be whole, and every call refused. *identity* is the user-assigned one that was named.
    """
    source = wiring.the_source.site
    chosen = wiring.the_source.chosen_client_id
    if chosen is None or chosen.startswith("@"):
        return
    if any(_is(chosen, each.client_id) for each in wiring.callers):
        return
    if identity is not None and any(each.pending for each in wiring.callers):
        return  # its client id is known once it is attached
    attached = source.identity.user_assigned
    named = next((each for each in attached if _is(chosen, each.client_id or "")), None)
    name = source.display_name
    if named is not None:
        raise BadRequest(
            f"The app setting AZURE_CLIENT_ID of {name} makes its code use the "
            f"identity {named.id.rpartition('/')[2]}, not the one that would be "
            "allowed.",
            hint=f"Allow that identity instead: --identity {sh(named.id)}",
        )
    raise BadRequest(
        f"The app setting AZURE_CLIENT_ID of {name} is {chosen}, which isn't "
        "the identity that would be allowed and isn't attached to the app.",
        hint=("Remove the app setting, or attach that identity and specify it with --identity."),
    )


def unlooked(wiring: Wiring) -> Iterator[str]:
    """Tell what nobody could look at, where the wiring may fail for it."""
    source = wiring.the_source
    chosen, name = source.chosen_client_id, source.name
    if Part.SOURCE_SETTINGS in wiring.unread:
        yield (
            f"Couldn't read the app settings of {name}. If AZURE_CLIENT_ID is set, "
            "it must be the client ID of the allowed identity."
        )
    elif chosen is not None and chosen.startswith("@"):
        yield (
            f"AZURE_CLIENT_ID of {name} is a reference "
            f"({chosen.partition('(')[0]}…). It must resolve to the client ID of "
            "the allowed identity."
        )


def _is(client_id: str, other: str) -> bool:
    return client_id.casefold() == other.casefold()
