"""What is known of hardened images: catalog, playbooks, target choice, readiness."""
