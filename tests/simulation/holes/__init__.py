"""The places where one writer per key breaks when it is built carelessly, each as a scripted history.

Each returns what is wrong in the end: nothing, unless something is broken there (``simulation.mutants``).
"""
