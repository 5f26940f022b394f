"""What a clone knows of where it is from."""

from migrate_dhi.git.remotes import known


def test_addresses_as_they_are_configured_each_once(repo):
    repo.git("remote", "add", "origin", "https://example.com/a.git")
    repo.git("remote", "add", "up", "https://example.com/b.git")
    repo.git("config", "--add", "remote.up.pushurl", "git@example.com:b.git")
    repo.git("remote", "add", "again", "https://example.com/a.git")

    urls, _ = known(repo.root)

    assert urls == ("https://example.com/a.git", "https://example.com/b.git", "git@example.com:b.git")


def test_without_a_remote_the_usual_names_mean_the_base(repo):
    repo.git("switch", "-q", "-c", "work")

    assert known(repo.root) == ((), ("work", "main", "master"))


def test_the_main_branch_of_a_remote_counts_and_the_usual_names_do_not(repo):
    for remote, branch in (("origin", "trunk"), ("up", "lines/stable")):
        repo.git("update-ref", f"refs/remotes/{remote}/{branch}", "HEAD")
        repo.git("symbolic-ref", f"refs/remotes/{remote}/HEAD", f"refs/remotes/{remote}/{branch}")
    repo.git("update-ref", "refs/remotes/origin/other", "HEAD")

    assert known(repo.root)[1] == ("main", "trunk", "lines/stable")
    repo.git("switch", "-q", "--detach")
    assert known(repo.root)[1] == ("trunk", "lines/stable")
