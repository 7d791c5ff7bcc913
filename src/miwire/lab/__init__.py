"""
A small, honest Azure on loopback: ARM, Graph, Entra ID, the identity endpoint, the Easy Auth gate.

It imports nothing of the rest of miwire: a fact both sides shared could be wrong on both sides.
"""
