"""Places: sites between dates with versioned fences (R-052, R-112), and location tags (R-018…R-022).

`require` is what every other service asks of a place code.
"""

from __future__ import annotations

from cloud.registry.places.sites import SiteEntry, fence_name, put_site, require

__all__ = ["SiteEntry", "fence_name", "put_site", "require"]
