"""``python -m migrate_dhi`` is the same program as ``migrate-dhi``."""

from migrate_dhi.cli import main

if __name__ == "__main__":
    main()
