"""Hardware and network behind the ports: one module each, none knows another."""
