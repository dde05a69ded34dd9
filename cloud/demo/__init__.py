"""`sealgate-cloud demo`: the whole of SealGate on one machine, with emulated hardware behind the real drivers.

Everything it shows came in as it would from outside: entries through the REST API, records signed over MQTT.
"""
