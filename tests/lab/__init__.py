"""The paper's real stack, in virtual machines (scripts/lab)."""
