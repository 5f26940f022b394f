"""The program, as ``migrate-dhi`` and as ``python -m migrate_dhi``; Ctrl-C ends it quietly while it is loaded."""

INTERRUPTED = 130


def main() -> None:
    """Load the command line and run it."""
    try:
        from migrate_dhi.cli import main as run  # noqa: PLC0415 - loading takes a tenth of a second
    except KeyboardInterrupt:
        raise SystemExit(INTERRUPTED) from None
    run()


if __name__ == "__main__":
    main()
