"""Registry rewrites in the repository's own settings are told, with the flag, and never applied."""

import json

import pytest

K3S = 'mirrors:\n  dhi.io:\n    endpoint: ["https://harbor.example/v2/dhi"]\n'


@pytest.fixture
def notes(workshop):
    """The notes of rewrites in the plan of a chart beside these settings, and the images."""

    def found(*flags, case="strings-secrets", settings=K3S):
        workshop.add(case)
        (workshop.root / "nodes").mkdir()
        (workshop.root / "nodes/registries.yaml").write_text(settings)
        workshop.commit("settings of the nodes")
        ran = workshop.run(f"apps/{case}", "--plan", "--format", "json", *flags)
        plan = json.loads(ran.out)
        told = [one for one in plan["findings"] if one["code"] == "registry-rewrite"]
        return told, [image["after"] for image in plan["images"] if image["after"]]

    return found


def test_a_mirror_of_the_nodes_is_told_and_the_name_stays(notes):
    (note,), images = notes()

    assert (note["severity"], note["file"], note["line"]) == ("info", "nodes/registries.yaml", 2)
    assert "dhi.io from harbor.example/dhi" in note["message"]
    assert "--target harbor.example/dhi/{name}" in note["help"]
    assert all(image.startswith("dhi.io/") for image in images)


def test_who_names_a_target_needs_no_note(notes):
    told, images = notes("--target", "harbor.example/dhi/{name}")

    assert told == []
    assert all(image.startswith("harbor.example/dhi/") for image in images)


@pytest.mark.parametrize(
    ("case", "settings"), [("no-counterpart", K3S), ("strings-secrets", K3S.replace("dhi.io", "docker.io"))]
)
def test_nothing_is_told_where_nothing_is_taken_from_there(notes, case, settings):
    assert notes(case=case, settings=settings)[0] == []
