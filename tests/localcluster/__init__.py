"""Of the local cluster's own code (scripts/localcluster)."""
