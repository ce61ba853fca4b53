"""Every operation with a fault at every point where one can happen, on real daemons with a real tgtd and real QEMUs."""
