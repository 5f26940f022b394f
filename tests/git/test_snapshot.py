from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest

from migrate_dhi.errors import RepositoryError
from migrate_dhi.git import blobs, links
from migrate_dhi.git.snapshot import LARGEST, WORKTREE, Snapshot, read_regular

CHART = "apps/cluster/valkey"
VALUES = f"{CHART}/values.yaml"


def of_head(repo):
    return Snapshot.of_commit(repo.root, repo.git("rev-parse", "HEAD"), label="HEAD")


def both(repo, message="more"):
    """The same state twice: as committed, and as the worktree has it."""
    repo.commit(message)
    return of_head(repo), Snapshot.of_worktree(repo.root)


def test_a_commit_has_what_was_committed(repo):
    repo.write(VALUES, "changed: true\n")
    repo.write("new.yaml", "a: 1\n")
    found = of_head(repo)

    assert found.label == "HEAD"
    assert "new.yaml" not in found
    assert b"changed" not in found.read(VALUES)
    assert found.paths == tuple(sorted(repo.git("ls-files").splitlines()))


def test_the_worktree_has_what_is_on_disk_and_not_ignored(repo):
    repo.write(".gitignore", "*.ignored\n")
    repo.write(VALUES, "changed: true\n")
    repo.write("new.yaml", "a: 1\n")
    repo.write("x.ignored", "a: 1\n")
    (repo.root / f"{CHART}/Chart.yaml").unlink()
    found = Snapshot.of_worktree(repo.root)

    assert found.label == WORKTREE
    assert found.text(VALUES) == "changed: true\n"
    assert {"new.yaml", ".gitignore", VALUES} <= set(found.paths)
    assert not {"x.ignored", f"{CHART}/Chart.yaml"} & set(found.paths)
    assert not [path for path in found.paths if path.startswith(".git/")]


def test_outside_git_all_files_of_a_folder(tmp_path):
    top = tmp_path / "top"
    for name in ("a.yaml", "deep/b.yaml", "deep/er/c.yaml", "deep/.git/config"):
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text("x: 1\n")
    (top / "folder").symlink_to("deep")
    os.mkfifo(top / "fifo")
    found = Snapshot.of_worktree(top)

    assert found.paths == ("a.yaml", "deep/b.yaml", "deep/er/c.yaml", "folder/b.yaml", "folder/er/c.yaml")
    assert found.skipped == {"fifo": "it is no regular file"}


@pytest.mark.parametrize(
    "path", ["with space.yaml", 'quote".yaml', "line\nfeed.yaml", "tab\t.yaml", "ü.yaml"]
)
def test_odd_names(repo, path):
    repo.write(path, "a: 1\n")
    for found in both(repo):
        assert found.read(path) == b"a: 1\n"


def test_a_name_that_is_no_utf_8(repo):
    name = os.fsdecode(b"\xff.yaml")
    repo.write(name, "a: 1\n")
    for found in both(repo):
        assert found.read(name) == b"a: 1\n"


def test_under_a_folder_are_its_files_alone(repo):
    repo.write("a/x.yaml", "")
    repo.write("a/b/y.yaml", "")
    repo.write("a-b/z.yaml", "")
    repo.write("a.yaml", "")
    for found in both(repo):
        assert found.under("a") == ("a/b/y.yaml", "a/x.yaml")
        assert found.under("a/x.yaml") == ()
        assert found.under(".") == found.paths


def test_a_link_to_a_file_and_one_to_a_folder_are_followed(repo):
    (repo.root / "values.yaml").symlink_to(VALUES)
    (repo.root / "apps/again").symlink_to("cluster/valkey")
    (repo.root / "apps/through").symlink_to("again/values.yaml")
    for found in both(repo):
        for path in ("values.yaml", "apps/again/values.yaml", "apps/through"):
            assert path in found.paths
            assert found.is_link(path)
            assert found.real(path) == VALUES
            assert found.read(path) == found.read(VALUES)
        assert not found.is_link(VALUES)
        assert not found.skipped


@pytest.mark.parametrize("target", ["/dev/zero", "../outside", "apps/../../outside", "/etc", "nothing"])
def test_a_link_that_leads_to_no_file_inside_is_named_and_left_out(repo, target):
    (repo.root.parent / "outside").write_text("secret\n")
    (repo.root / "link.yaml").symlink_to(target)
    for found in both(repo):
        assert "link.yaml" not in found.paths
        assert found.read("link.yaml") is None
        assert "link" in found.skipped["link.yaml"]


def test_links_in_a_circle_end(repo):
    (repo.root / "apps/root").symlink_to("..")
    (repo.root / "one").symlink_to("two")
    (repo.root / "two").symlink_to("one")
    repo.write("a/x.yaml", "")
    repo.write("b/y.yaml", "")
    (repo.root / "a/b").symlink_to("../b")
    (repo.root / "b/a").symlink_to("../a")
    for found in both(repo):
        assert set(found.under("a")) == {"a/x.yaml", "a/b/y.yaml", "a/b/a/x.yaml"}
        assert {"apps/root", "one", "two"} <= found.skipped.keys()


def test_folders_that_link_to_each_other_are_not_listed_without_end(repo, monkeypatch):
    monkeypatch.setattr(links, "_MOST_LINKED", 100)
    for name in "abcdefg":
        repo.write(f"{name}/file", "")
        for other in "abcdefg".replace(name, ""):
            (repo.root / name / other).symlink_to(f"../{other}")
    for found in both(repo):
        linked = [path for path in found.paths if path.count("/") > 1 and not path.startswith("apps/")]
        assert len(linked) == 100
        assert "too many" in " ".join(found.skipped.values())


def test_a_submodule_and_a_repository_inside_are_left_out(repo, tmp_path):
    other = tmp_path / "other"
    subprocess.run(["git", "clone", "-q", repo.root, other], check=True)
    repo.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(other), "module")
    subprocess.run(["git", "init", "-q", repo.root / "inner"], check=True)
    repo.write("inner/file.yaml", "")
    for found in (of_head(repo), Snapshot.of_worktree(repo.root)):
        assert not found.under("module")
        assert not found.under("inner")
    repo.git("commit", "-q", "-m", "module")
    for found in (of_head(repo), Snapshot.of_worktree(repo.root)):
        assert found.skipped == {"module": "it is a submodule"}
        assert found.submodules() == found.submodules("module") == ("module",)
        assert found.submodules("mod") == ()


def test_a_fifo_in_place_of_a_tracked_file_is_not_opened(repo):
    (repo.root / VALUES).unlink()
    os.mkfifo(repo.root / VALUES)
    found = Snapshot.of_worktree(repo.root)

    assert VALUES not in found.paths
    assert found.read(VALUES) is None
    assert found.skipped == {VALUES: "it is no regular file"}


def test_a_fifo_that_takes_the_place_of_a_listed_file_is_not_waited_for(repo):
    found = Snapshot.of_worktree(repo.root)
    (repo.root / VALUES).unlink()
    os.mkfifo(repo.root / VALUES)

    assert found.read(VALUES) is None
    assert found.skipped == {VALUES: "it is no regular file"}


def test_a_folder_that_takes_the_place_of_a_listed_file_is_named(repo):
    found = Snapshot.of_worktree(repo.root)
    (repo.root / VALUES).unlink()
    (repo.root / VALUES).mkdir()

    assert found.read(VALUES) is None
    assert found.skipped == {VALUES: "it is no regular file"}


def test_a_tracked_folder_that_became_a_link_is_read_through_the_link(repo):
    repo.write("real/a.yaml", "")
    repo.write("folder/a.yaml", "")
    repo.commit("two")
    (repo.root / "folder/a.yaml").unlink()
    (repo.root / "folder").rmdir()
    (repo.root / "folder").symlink_to("real")
    found = Snapshot.of_worktree(repo.root)

    assert found.real("folder/a.yaml") == "real/a.yaml"


def test_what_is_too_large_is_not_read_and_named(repo):
    repo.write("large.yaml", b"#" * (LARGEST + 1))
    repo.write("most.yaml", b"#" * LARGEST)
    for found in both(repo):
        assert found.read_all(["large.yaml", "most.yaml", VALUES]).keys() == {"most.yaml", VALUES}
        assert found.skipped == {"large.yaml": "it is too large to be read (5 MiB, and 5 are read)"}
        assert "large.yaml" in found.paths


def test_text_is_utf_8_without_nul(repo):
    repo.write("latin.yaml", b"\xe4: 1\n")
    repo.write("nul.yaml", b"a\0b")
    repo.write("good.yaml", "ä: 1\r\n")
    for found in both(repo):
        assert found.text("latin.yaml") is None
        assert found.text("nul.yaml") is None
        assert found.text("good.yaml") == "ä: 1\r\n"
        assert found.text("absent.yaml") is None


def test_pointers_are_told_by_their_content(repo):
    repo.write("lfs.yaml", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
    repo.write("crypt.yaml", b"\0GITCRYPT\0\1\2")
    for found in both(repo):
        assert "LFS" in found.pointer("lfs.yaml")
        assert "git-crypt" in found.pointer("crypt.yaml")
        assert found.pointer(VALUES) is None
        assert found.pointer("absent") is None


def test_a_sparse_checkout_is_read_from_the_index(repo):
    repo.write("other/file.yaml", "a: 1\n")
    repo.commit("other")
    whole = of_head(repo)
    repo.git("sparse-checkout", "set", "other")
    assert not (repo.root / VALUES).exists()
    found = Snapshot.of_worktree(repo.root)

    assert found.paths == whole.paths
    assert found.read(VALUES) == whole.read(VALUES)
    assert VALUES in found.mentioning("tag:")
    assert found.mentioning("tag:") == whole.mentioning("tag:")


def test_a_conflict_is_listed_once(repo):
    repo.git("checkout", "-q", "-b", "side")
    repo.write(VALUES, "side: 1\n")
    repo.commit("side")
    repo.git("checkout", "-q", "main")
    repo.write(VALUES, "main: 1\n")
    repo.commit("main")
    repo.git("merge", "-q", "side", check=False)

    assert Snapshot.of_worktree(repo.root).paths.count(VALUES) == 1


def test_a_partial_clone_fetches_what_is_read_and_nothing_else(repo, tmp_path):
    repo.git("config", "uploadpack.allowFilter", "true")
    repo.write("other.yaml", "a: 1\n")
    repo.commit("other")
    clone = tmp_path / "clone"
    subprocess.run(
        ["git", "clone", "-q", "--no-checkout", "--filter=blob:none", repo.root.as_uri(), clone], check=True
    )
    found = Snapshot.of_commit(clone, repo.git("rev-parse", "HEAD"))

    def here():
        listing = ["git", "cat-file", "--batch-all-objects", "--batch-check"]
        return subprocess.run(listing, cwd=clone, capture_output=True, text=True, check=True).stdout.count(
            " blob "
        )

    assert VALUES in found.paths
    assert here() == 0
    assert found.read(VALUES) == of_head(repo).read(VALUES)
    assert here() == 1
    repo.root.rename(repo.root.with_name("gone"))
    with pytest.raises(RepositoryError):
        found.read("other.yaml")


def test_an_unknown_commit_is_an_error(repo):
    with pytest.raises(RepositoryError):
        Snapshot.of_commit(repo.root, "0" * 40)


def test_reading_changes_nothing(repo):
    before = repo.picture()
    for found in (of_head(repo), Snapshot.of_worktree(repo.root)):
        found.read_all(found.paths)

    assert repo.picture() == before


def test_laid_out_is_what_a_checkout_would_have(repo, tmp_path):
    repo.write(f"{CHART}/bin/run", "#!/bin/sh\n").chmod(0o755)
    repo.write(f"{CHART}/large", b"#" * (LARGEST + 1))
    repo.write("shared/x.yaml", "a: 1\n")
    (repo.root / CHART / "shared").symlink_to("../../../shared")
    head, worktree = both(repo)
    repo.write(VALUES, "changed: 1\n")
    for name, found in (("head", head), ("worktree", worktree)):
        folder = tmp_path / name
        found.lay_out(CHART, folder)

        laid = {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if p.is_file()}
        assert {f"{CHART}/{path}" for path in laid} == set(found.under(CHART))
        assert os.access(laid["bin/run"], os.X_OK)
        assert not os.access(laid["values.yaml"], os.X_OK)
        assert laid["large"].stat().st_size == LARGEST + 1
        assert laid["shared/x.yaml"].read_text() == "a: 1\n"
        assert (b"changed" in laid["values.yaml"].read_bytes()) == (name == "worktree")


def test_laid_out_with_links_for_what_the_worktree_has_too(repo, tmp_path):
    found = of_head(repo)
    found.lay_out(CHART, tmp_path / "chart", unchanged=[VALUES])

    assert (tmp_path / "chart/values.yaml").resolve() == (repo.root / VALUES).resolve()
    assert not (tmp_path / "chart/Chart.yaml").is_symlink()


@pytest.mark.parametrize(
    ("odd", "linked"),
    [
        ("", {"charts", "templates"}),
        ("charts/service/x.ignored", {"charts/service/templates", "templates"}),
        ("templates/empty/", {"charts", "templates/more"}),
        ("templates/link", {"charts", "templates/more"}),
        ("templates/a.yaml", {"charts", "templates/more"}),
    ],
)
def test_laid_out_with_links_for_folders_of_which_all_is_listed(repo, tmp_path, odd, linked):
    repo.write(".gitignore", "*.ignored\n")
    for name in ("templates/a.yaml", "templates/more/b.yaml", "charts/service/templates/c.yaml"):
        repo.write(f"{CHART}/{name}", "a: 1\n")
    repo.write(f"{CHART}/charts/service/Chart.yaml", "name: service\n")
    repo.commit("a chart in a chart")
    place = repo.root / CHART / odd
    if odd.endswith("/"):
        place.mkdir()
    elif odd.endswith("link"):
        place.symlink_to("a.yaml")
    elif odd:
        place.write_text("changed: 1\n")
    found = of_head(repo)
    same = [path for path in found.under(CHART) if path != f"{CHART}/{odd}"]

    found.lay_out(CHART, tmp_path / "chart", unchanged=same, whole=True)

    laid = tmp_path / "chart"
    assert {
        p.relative_to(laid).as_posix() for p in laid.rglob("*") if p.is_symlink() and p.is_dir()
    } == linked
    for path in found.under(CHART):
        assert (laid / path.removeprefix(f"{CHART}/")).read_text() == found.text(path)


def test_files_that_mention_a_text(repo, tmp_path):
    repo.write("a.yaml", "x: dhi.io/a\n")
    repo.write("b.yaml", "x: [other]\n")
    repo.write("binary", b"dhi.io\0")
    repo.write("odd \n.yaml", "-e --dhi.io\n")
    head, worktree = both(repo)
    repo.write("c.yaml", "dhi.io\n")
    repo.write("plain/a.yaml", "dhi.io\n")

    assert head.mentioning("dhi.io", "[other]") == ("a.yaml", "b.yaml", "binary", "odd \n.yaml")
    assert head.mentioning("--dhi") == ("odd \n.yaml",)
    assert head.mentioning("nowhere at all") == ()
    assert "c.yaml" in Snapshot.of_worktree(repo.root).mentioning("dhi.io")
    (repo.root / "link.yaml").symlink_to("a.yaml")
    assert "link.yaml" in Snapshot.of_worktree(repo.root).mentioning("dhi.io")
    assert "c.yaml" not in worktree.paths
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain/a.yaml").write_text("dhi.io\n")
    assert Snapshot.of_worktree(tmp_path / "plain").mentioning("dhi.io") == ("a.yaml",)


def test_git_finds_them_and_nothing_is_read_here(repo, monkeypatch):
    repo.write("a.yaml", "x: dhi.io/a\n")
    asked = []
    monkeypatch.setattr(Snapshot, "read_all", lambda _, paths: asked.append(list(paths)) or {})
    for found in both(repo):
        assert found.mentioning("dhi.io/a", "--nothing") == ("a.yaml",)
        assert found.mentioning("dhi.io/b") == ()
        assert found.mentioning("dhi.io/a", "--nothing") == ("a.yaml",)

    assert asked == [[]] * 4


def test_lines_that_hold_a_text(repo, tmp_path):
    repo.write("a.yaml", "image: a\nx: 1\n  image: b\n")
    repo.write("d/b.yaml", "[image]\ntag: -e\n")
    repo.write("binary", b"image\0\n")
    (repo.root / "link").symlink_to("d")
    (repo.root / "none").symlink_to("README.md")
    expected = [
        ("a.yaml", 1, "image: a"),
        ("a.yaml", 3, "  image: b"),
        ("d/b.yaml", 1, "[image]"),
        ("link/b.yaml", 1, "[image]"),
    ]
    head, worktree = both(repo)
    for found in (head, worktree):
        told = [line for line in found.lines_with("image") if not line[0].startswith(CHART)]
        assert told == expected
        assert [one[:2] for one in found.lines_with("-e", "x: 1")] == [
            ("a.yaml", 2),
            ("d/b.yaml", 2),
            ("link/b.yaml", 2),
        ]
        assert list(found.lines_with("nowhere at all")) == []
    repo.write("new.yaml", "more: here\n")
    assert list(Snapshot.of_worktree(repo.root).lines_with("more: ")) == [("new.yaml", 1, "more: here")]
    assert list(worktree.lines_with("more: ")) == []
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain/a.yaml").write_text("x: 1\nimage: a\n")
    assert list(Snapshot.of_worktree(tmp_path / "plain").lines_with("image")) == [("a.yaml", 2, "image: a")]


def test_git_finds_the_lines_and_nothing_is_read_here(repo, monkeypatch):
    head, worktree = both(repo)
    monkeypatch.setattr(Snapshot, "read_all", lambda *_: pytest.fail("read"))

    for found in (head, worktree):
        assert list(found.lines_with("9.0.1")) == [(VALUES, 2, "  tag: 9.0.1  # pinned")]


def test_lines_of_what_a_sparse_checkout_leaves_out(repo):
    repo.write("other/file.yaml", "a: 1\n")
    repo.commit("other")
    repo.git("sparse-checkout", "set", "other")

    assert list(Snapshot.of_worktree(repo.root).lines_with("tag:", "a: 1")) == [
        (VALUES, 2, "  tag: 9.0.1  # pinned"),
        ("other/file.yaml", 1, "a: 1"),
    ]


def test_fifty_thousand_files_are_listed_in_well_under_a_second(repo):
    blob = repo.git("hash-object", "-w", "--stdin", stdin=b"a: 1\n")
    lines = "".join(f"100644 {blob}\tmany/{n % 500}/{n}.yaml\n" for n in range(50_000)).encode()
    repo.git("update-index", "--index-info", stdin=lines)
    commit = repo.git("commit-tree", repo.git("write-tree"), stdin=b"many\n")
    begin = time.process_time()
    found = Snapshot.of_commit(repo.root, commit)
    took = time.process_time() - begin

    assert len(found.under("many/7")) == 100
    assert took < 2, f"{took:.2f} s"


def test_a_blob_that_lies_in_the_worktree_is_read_there_without_a_process_of_git(repo, monkeypatch):
    repo.write("empty.yaml", "")
    repo.write("changed.yaml", "a: 1\n")
    repo.write("gone.yaml", "b: 1\n")
    repo.commit("more")
    repo.write("changed.yaml", "a: 2\n")
    (repo.root / "gone.yaml").unlink()
    (repo.root / "gone.yaml").symlink_to("changed.yaml")
    found, asked = of_head(repo), []
    ask = blobs.ask
    monkeypatch.setattr(blobs, "ask", lambda *words, **more: asked.append(more) or ask(*words, **more))

    assert b"9.0.1" in found.read(VALUES)
    assert found.read("empty.yaml") == b""
    assert asked == []
    assert (found.text("changed.yaml"), found.text("gone.yaml")) == ("a: 1\n", "b: 1\n")
    assert asked


@pytest.mark.parametrize("kind", ["sha1", "sha256"])
def test_no_process_of_git_is_needed_in_either_kind_of_repository(tmp_path, kind, monkeypatch):
    run = ("git", "-C", str(tmp_path))
    subprocess.run([*run, "init", "-q", f"--object-format={kind}"], check=True)
    (tmp_path / "a.yaml").write_text("a: 1\n")
    subprocess.run([*run, "add", "a.yaml"], check=True)
    tree = subprocess.run([*run, "write-tree"], check=True, capture_output=True, text=True).stdout.strip()
    found = Snapshot.of_commit(tmp_path, tree)
    monkeypatch.setattr(blobs, "ask", lambda *_, **__: pytest.fail("Git is asked"))

    assert found.text("a.yaml") == "a: 1\n"


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no files here that tell no size")
def test_a_file_that_tells_no_size_is_read_to_its_end():
    content = read_regular(Path("/proc/self/status"))

    assert Path("/proc/self/status").stat().st_size == 0
    assert content.startswith(b"Name:")
    assert b"nonvoluntary_ctxt_switches" in content
