from miwire.cli.lab import SCENES
from miwire.lab import scenes


def test_the_help_names_every_scene():
    assert list(scenes.SCENES) == SCENES.split(", ")
