"""What the suites of whole systems share; each suite is a package beside this one. Tests are run from the repository's
root: `python3 -m unittest -v tests.e2e.losses_test`, or as programs: `python3 -m tests.faults.matrix`.

places              the repository, the build whose programs are tested (VBS_BUILD), directories of a test's own
waiting             for what takes its time, and how long it may at most (VBS_TEST_PATIENCE)
at_once             the same call from many threads
world               what is really there, what VBS says is there, and how the two differ
local_world         where these are to be seen on a local cluster
qmp                 a VM's QEMU, asked and told by other means than the product's own
targets             what tgtd has, as tgtadm tells it
cluster_under_test  a local cluster (scripts/localcluster) whose parts a test kills, starts and varies
bare_machine        a VM for it that is there at once, as it has no system in it
pattern_edits       a pattern file with an edit that does not last
vbs_case            what test cases do as a client of VBS, and clean up
"""
