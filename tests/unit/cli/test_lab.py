from miwire.cli.commands.lab import SCENES
from miwire.lab.scenes import registry as scenes


def test_the_help_names_every_scene():
    assert list(scenes.SCENES) == SCENES.split(", ")
