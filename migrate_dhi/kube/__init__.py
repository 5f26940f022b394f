"""Kubernetes objects as data: manifests, what differs between two renders, images in fields."""
