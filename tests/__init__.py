"""Tests of whole systems, in Python; those of C++ are beside them, as src/ has it."""
