"""The shape of the repository against what docs/architecture.md says of it."""
