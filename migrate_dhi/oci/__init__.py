"""OCI image references."""
