#!/usr/bin/env -S uv run --script
# /// script
# dependencies = ["nox>=2025.10.14"]
# ///
"""The targets of the Makefile for a machine without make, Windows for one: ``pipx run nox --session test``."""

import nox

nox.needs_version = ">=2025.10.14"
nox.options.default_venv_backend = "uv|virtualenv"
ONE_THREAD = {"OMP_NUM_THREADS": "1"}  # a worker for each core: a second thread in one only waits
PYTHONS = nox.project.python_versions(nox.project.load_toml("pyproject.toml"))


def install(session: nox.Session, *groups: str) -> None:
    """Install the package with what the groups of developers' tools name."""
    pip = ("--constraint", "constraints.txt")
    # torch goes first: resolved together with the rest, pip may look at larger builds.
    session.install(*pip, "torch")
    session.install(*pip, "--editable", ".", *(f"--group={group}" for group in groups))


@nox.session(python=PYTHONS)
def test(session: nox.Session) -> None:
    """Run the tests with the doctests."""
    install(session, "test")
    session.run("pytest", "-n", "auto", "--dist", "worksteal", *session.posargs, env=ONE_THREAD)


@nox.session(python=PYTHONS, default=False)
def slow(session: nox.Session) -> None:
    """Run the tests that are slow by nature."""
    install(session, "test")
    session.run("pytest", "-m", "slow", "--durations=40", *session.posargs)


@nox.session(default=False)
def coverage(session: nox.Session) -> None:
    """Run the tests and write which lines they reach: coverage.xml."""
    install(session, "test")
    session.install("pytest-cov>=6")
    session.run("pytest", "-n", "auto", "--cov", "--cov-report=xml", env=ONE_THREAD)


@nox.session
def lint(session: nox.Session) -> None:
    """Run ruff (style and format) and codespell (spelling)."""
    session.install("ruff>=0.6", "codespell")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("codespell")


@nox.session
def types(session: nox.Session) -> None:
    """Run mypy on the package."""
    install(session, "test", "lint")
    session.run("mypy")


if __name__ == "__main__":
    nox.main()
