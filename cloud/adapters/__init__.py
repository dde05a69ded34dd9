"""Brokers, key files, time-series servers: what the cloud talks to, one a module."""
