"""Fees of sealing: the tariff, the decision each pairing leaves, and the monthly statement (R-038, R-048)."""
