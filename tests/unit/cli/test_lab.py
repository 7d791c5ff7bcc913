from miwire.lab.scenes import names
from miwire.lab.scenes.registry import BUILDERS


def test_every_listed_scene_has_a_builder_and_every_builder_is_listed():
    assert list(names.NAMES) == list(BUILDERS)


def test_every_scene_is_whole_or_broken_and_has_a_sentence():
    assert {"whole", "broken"} == {each.kind for each in names.SCENES}
    assert all(each.summary.endswith(".") for each in names.SCENES)
