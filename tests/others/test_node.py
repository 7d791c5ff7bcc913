"""@azure/identity on Node, unmodified, gets tokens that hold."""

import json

import pytest

pytestmark = pytest.mark.others


def test_node_inside_core_gets_tokens_that_miwire_verifies(sh, block, node_modules, lab):
    (sh.folder / "node_modules").symlink_to(node_modules)
    (sh.folder / "token.mjs").write_text(block("Node", "js"), encoding="utf-8")
    protected = sh("""
        eval "$(miwire lab env)"
        miwire enable-identity core
        miwire protect integration --allow core -o json > protected.json
    """)
    assert protected.code == 0, protected.err
    document = json.loads((sh.folder / "protected.json").read_text())
    app_id = document["registration"]["appId"]
    tokens = sh(block("Node"), APP=app_id).out.split()
    expected = f"--audience {app_id} --tenant {lab.tenant_id}"
    verdicts = [
        sh(
            f'eval "$(miwire lab env)"\n'
            f'printf %s "$TOKEN" | miwire decode-token --verify {expected} -o json',
            TOKEN=token,
        ).document
        for token in tokens
    ]

    assert 2 == len(tokens)
    assert [True, True] == [each["verified"] for each in verdicts]
    assert {document["allowed"][0]["principalId"]} == {
        each["token"]["claims"]["oid"] for each in verdicts
    }
