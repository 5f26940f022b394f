"""Charts, rendering and tracing. Knows Helm and Kubernetes; knows no hardened image."""
