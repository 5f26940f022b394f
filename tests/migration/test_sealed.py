"""A file that SOPS seals as a whole, whose plain values an edit would change."""

import pytest

SEALED = 'sops:\n    lastmodified: "2026-01-01T00:00:00Z"\n    mac: ENC[AES256_GCM,data:x,type:str]\n'


@pytest.fixture
def sealed(workshop):
    def seal():
        chart = workshop.add("plain-chart", "apps/web")
        values = chart / "values.yaml"
        values.write_text(f"{values.read_text()}password: ENC[AES256_GCM,data:abc]\n{SEALED}")
        workshop.commit("seal it")
        return workshop

    return seal


def test_an_edit_of_a_sealed_file_is_an_error(sealed):
    ran = sealed().run("apps/web", "--yes")

    assert ran.code == 5
    assert "sealed-file" in ran.err


def test_it_can_be_accepted_by_name(sealed):
    assert sealed().run("apps/web", "--yes", "--accept", "sealed-file").code == 0


@pytest.mark.parametrize(
    "flags", [("--skip", "registry", "--skip", "tag", "--skip", "pull-secret", "--skip", "versions")]
)
def test_a_sealed_file_that_is_not_edited_is_no_error(sealed, flags):
    ran = sealed().run("apps/web", "--plan", *flags)

    assert "sealed-file" not in ran.out
