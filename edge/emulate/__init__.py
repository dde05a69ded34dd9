"""The hardware of a gate without hardware: cards, NFC reader, receiver, camera and network cable.

Each part speaks the wire of the real one, so that the agent's real drivers run against it; none knows the agent.
"""
