"""What people type is here. What is more than a page of shell is in two packages: `localcluster` and `virtuallab`. All
Python is imported from the repository's root: the scripts put it on PYTHONPATH, and tests are started there."""
