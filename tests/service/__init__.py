"""The three daemons as processes over a stack of plain files."""
