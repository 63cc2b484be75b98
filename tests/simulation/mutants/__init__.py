"""Defects put into production code on purpose: each is found out by the simulation, or the simulation proves less.

A mutant is a function that patches production code and whose docstring says in one sentence what is broken then.
``catalogue`` lists them with what kills them, ``hunt`` kills one, ``python -m simulation.mutants`` all.
"""
