"""The page of a lane: shows and asks, decides nothing."""
