"""Moves Helm charts in GitOps repositories to Docker Hardened Images, with proof."""

__version__ = "0.1.0"
