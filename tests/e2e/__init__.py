"""Whole systems: each test brings up what it needs, with a real tgtd and real guests."""
