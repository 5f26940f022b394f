"""Reads and writes a Git repository through plumbing commands alone; knows no Helm."""
