"""Sealing a unit: pairing, position, permits, openings, applications (R-036…R-047, R-060)."""
