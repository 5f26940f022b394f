"""Templates that make keys make quick ones in the scratch copy, and nothing else of them is another."""

import pytest

from migrate_dhi.helm.chart import Chart
from migrate_dhi.helm.engine import RenderOptions
from migrate_dhi.helm.keys import quick
from migrate_dhi.helm.renderer import Renderer
from tests.charts import pack

CA = '{{- $ca := genCA "ca" 365 -}}\n{{- $cert := genSignedCert "a" nil (list "b") 365 $ca -}}\n'
MADE = CA + (
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: NAME}\ndata:\n"
    "  ca: {{ $ca.Cert | b64enc }}\n  cert: {{ $cert.Cert | b64enc }}\n"
    '  own: {{ (genSelfSignedCert "x" nil nil 1).Key | b64enc }}\n  key: {{ genPrivateKey "rsa" | b64enc }}\n'
)


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ('{{ genCA "ca" 365 }}', '{{ genPrivateKey "ecdsa" | genCAWithKey "ca" 365 }}'),
        ("{{ (genSelfSignedCert $a nil nil 1) }}", '{{ (genPrivateKey "ecdsa" | genSelfSignedCertWithKey $a nil nil 1) }}'),
        ('{{ genPrivateKey  "rsa" }}', '{{ genPrivateKey "ecdsa" }}'),
        ('{{ genCAWithKey "ca" 365 $key }}', None),
        ('{{ 365 | genCA "ca" }}', None),
        ('{{ 365 |genCA "ca" }}', None),
        ('{{ genPrivateKey "ed25519" }}', None),
        ("# myGenCA and genCA: none\n", None),
    ],
)  # fmt: skip
def test_what_makes_a_key(text, after):
    assert quick(text) == (after or text)


@pytest.fixture
def chart(tmp_path):
    """A chart that makes keys, with one packed below it that does, and one that does not."""
    for name, text in (("root", MADE), ("packed", MADE), ("plain", "# nothing\n")):
        folder = tmp_path / name
        (folder / "templates" / "in").mkdir(parents=True)
        depends = "\ndependencies: [{name: packed, version: 1.0.0}, {name: plain, version: 1.0.0}]"
        (folder / "Chart.yaml").write_text(
            f"apiVersion: v2\nname: {name}\nversion: 1.0.0{depends if name == 'root' else ''}\n"
        )
        (folder / "templates/in/made.yaml").write_text(text.replace("NAME", name))
    for name in ("packed", "plain"):
        pack(tmp_path / name, tmp_path / "root" / "charts")
    return tmp_path / "root"


def test_a_chart_and_what_is_packed_in_it_render_with_quick_keys(chart):
    before = {file: file.read_bytes() for file in chart.rglob("*") if file.is_file()}
    read = Chart.read(chart, ".", {"Chart.yaml": (chart / "Chart.yaml").read_text()})

    with Renderer(read, RenderOptions("x")) as renderer:
        made = {one.identity.name: one.data["data"] for one in renderer.render(read.texts).objects}
        archives = [renderer.archive(one) for one in read.dependencies]

        assert made.keys() == {"root", "packed"}
        for data in made.values():
            # An RSA key of 4096 bits has some 4,300 letters.
            assert all(0 < len(data[key]) < 1500 for key in ("ca", "cert", "own", "key"))
        assert [one.name for one in archives] == ["packed-1.0.0.tgz", "plain-1.0.0.tgz"]
        assert archives[0].read_bytes() == before[chart / "charts/packed-1.0.0.tgz"]
    assert {file: file.read_bytes() for file in chart.rglob("*") if file.is_file()} == before
