"""The steps of a migration, one file each."""
