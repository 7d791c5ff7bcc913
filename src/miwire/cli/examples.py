"""Three examples for every command, by its name; the help of a command ends with them."""

from __future__ import annotations

from typing import NamedTuple


class Example(NamedTuple):
    """A command line to copy, and what it is for."""

    purpose: str
    line: str


EXAMPLES: dict[str, tuple[Example, ...]] = {
    "": (
        Example("Let core call integration, and nobody else.", "miwire connect core integration"),
        Example("See who answers for an app.", "miwire probe integration"),
        Example("Try everything without an Azure account.", "miwire demo"),
    ),
    "enable-identity": (
        Example("Enable the system-assigned identity.", "miwire enable-identity core"),
        Example(
            "For a slot, in a resource group.", "miwire enable-identity core -g rg-shop -s staging"
        ),
        Example(
            "In a pipeline: exit 1 if the identity is missing.",
            "miwire enable-identity core --dry-run --exit-code",
        ),
    ),
    "protect": (
        Example("Allow one caller.", "miwire protect integration --allow core"),
        Example(
            "Leave the health check open.",
            "miwire protect integration --allow core --exclude-path /health",
        ),
        Example(
            "Keep user sign-in as it is; only add the caller.",
            "miwire protect integration --allow core --keep-sign-in",
        ),
    ),
    "connect": (
        Example("Show the plan and change nothing.", "miwire connect core integration --dry-run"),
        Example(
            "Write the scope that core's code requests to an app setting.",
            "miwire connect core integration --scope-setting INTEGRATION_SCOPE",
        ),
        Example(
            "Switch without downtime: run this, update core, then run connect.",
            "miwire connect core integration --prepare",
        ),
    ),
    "grant": (
        Example("Allow one more caller.", "miwire grant orders integration"),
        Example(
            "Assign another app role than Caller.",
            "miwire grant orders integration --app-role Orders.Read",
        ),
        Example("Show the plan as JSON.", "miwire grant orders integration --dry-run -o json"),
    ),
    "revoke": (
        Example("Revoke a caller's access.", "miwire revoke orders integration"),
        Example("Show the plan and change nothing.", "miwire revoke orders integration --dry-run"),
        Example(
            "For a slot of the target.", "miwire revoke orders rg-shop/integration --slot staging"
        ),
    ),
    "undo": (
        Example("List the recorded runs.", "miwire undo --list"),
        Example("See what undoing the latest run would change.", "miwire undo --dry-run"),
        Example("Undo one run.", "miwire undo 20261127T105648Z-44c175"),
    ),
    "probe": (
        Example("Without a token, and as the signed-in account.", "miwire probe integration"),
        Example(
            "In a pipeline: wait until anonymous requests are rejected.",
            "miwire probe integration --without-token --wait 3m",
        ),
        Example(
            "A URL, with a token from a file.",
            "miwire probe https://api.example.com --with-token --token @token.txt",
        ),
    ),
    "doctor": (
        Example("Find out why core can't call integration.", "miwire doctor core integration"),
        Example("Check one app, and fail on doubts, too.", "miwire doctor integration --strict"),
        Example(
            "Let miwire fix what it can, after asking.", "miwire doctor core integration --fix"
        ),
    ),
    "decode-token": (
        Example("Decode a token from the clipboard (macOS).", "pbpaste | miwire decode-token"),
        Example(
            "Verify it for one API and tenant.",
            "miwire decode-token @token.txt --verify --audience api://ID --tenant ID",
        ),
        Example(
            "Predict how an app would respond to it.",
            "miwire decode-token @token.txt --for integration",
        ),
    ),
    "explain": (
        Example("Explain a code.", "miwire explain AADSTS501051"),
        Example("See who may have answered 403 for an app.", "miwire explain 403"),
        Example(
            "Explain an error message from the clipboard (macOS).", "pbpaste | miwire explain -"
        ),
    ),
    "lab": (
        Example("Start a local Azure.", "miwire lab up"),
        Example("Let this shell use it.", 'eval "$(miwire lab env)"'),
        Example("Run a command inside an app.", "miwire lab exec core -- env"),
    ),
    "lab up": (
        Example("Start the lab.", "miwire lab up"),
        Example("With core and integration already connected.", "miwire lab up --scene wired"),
        Example(
            "A second lab, on ports that stay the same.",
            "miwire lab up --port 8400 --state-dir .lab",
        ),
    ),
    "lab down": (
        Example("Stop the lab of this shell.", "miwire lab down"),
        Example("Stop another lab.", "miwire lab down --state-dir .lab"),
        Example("Learn in a script whether one was running.", "miwire lab down -o json"),
    ),
    "lab status": (
        Example("List services and apps.", "miwire lab status"),
        Example("Of another lab.", "miwire lab status --state-dir .lab"),
        Example("For scripts.", "miwire lab status -o json"),
    ),
    "lab env": (
        Example("Let this shell use the lab.", 'eval "$(miwire lab env)"'),
        Example("In fish.", "miwire lab env --shell fish | source"),
        Example("Restore the previous environment.", 'eval "$(miwire lab env --unset)"'),
    ),
    "lab exec": (
        Example("See the environment of an app.", "miwire lab exec core -- env"),
        Example("Run your own program as core.", "miwire lab exec core -- python app.py"),
        Example(
            "Call the target with core's identity.",
            "miwire lab exec core -- miwire probe URL --with-token --audience api://ID",
        ),
    ),
    "lab attach": (
        Example(
            "Put integration's authentication in front of your program.",
            "miwire lab attach integration --upstream http://127.0.0.1:8000",
        ),
        Example("Restore the built-in program.", "miwire lab attach integration --remove"),
        Example(
            "In another lab.",
            "miwire lab attach core --upstream http://127.0.0.1:8001 --state-dir .lab",
        ),
    ),
    "lab reset": (
        Example("Back to the start of the scene.", "miwire lab reset"),
        Example("To another scene.", "miwire lab reset --scene slots"),
        Example("Before each test.", "miwire lab reset --scene wired -o json"),
    ),
    "lab token": (
        Example("A token of core's identity.", "miwire lab token core"),
        Example("For one API.", "miwire lab token core --claim aud=api://ID"),
        Example("An expired one.", "miwire lab token core --claim exp=1700000000"),
    ),
    "lab requests": (
        Example("What was requested so far.", "miwire lab requests"),
        Example("For scripts.", "miwire lab requests -o json"),
        Example("Of another lab.", "miwire lab requests --state-dir .lab"),
    ),
    "lab faults": (
        Example("Show the faults.", "miwire lab faults"),
        Example("Inject those of a file.", "miwire lab faults faults.json"),
        Example("End all faults.", "echo {} | miwire lab faults -"),
    ),
    "lab clock": (
        Example("Let tokens expire.", "miwire lab clock --advance 1h"),
        Example("Let changes take effect.", "miwire lab clock --advance 90s"),
        Example("For scripts.", "miwire lab clock --advance 3m -o json"),
    ),
    "lab url": (
        Example("The URL of an app.", "miwire lab url integration"),
        Example("Call the app.", 'curl "$(miwire lab url integration)"'),
        Example("With its resource ID, for scripts.", "miwire lab url integration -o json"),
    ),
    "lab scenes": (
        Example("List the scenes.", "miwire lab scenes"),
        Example("For scripts.", "miwire lab scenes -o json"),
        Example("Only those with something broken.", "miwire lab scenes | grep broken"),
    ),
    "demo": (
        Example("Run the demo.", "miwire demo"),
        Example("Leave its lab running afterwards.", "miwire demo --keep"),
        Example("Show every request of its commands.", "miwire demo --verbose"),
    ),
    "help": (
        Example("All commands.", "miwire help"),
        Example("One command.", "miwire help connect"),
        Example("A command of the lab.", "miwire help lab up"),
    ),
    "version": (
        Example("Show the version.", "miwire version"),
        Example("With the version of Python, for scripts.", "miwire version -o json"),
        Example("As other programs do it.", "miwire --version"),
    ),
}
"""The empty name is miwire itself."""
