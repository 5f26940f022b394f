"""The order of things: source, plan, proof, apply, rollback."""
