"""People: offices, contacts, companies, persons with their authorisations, badges (R-003…R-011, R-013…R-017, R-023).

What names a person is sealed by the vault, found again by a blind index, and shown masked.
"""

from __future__ import annotations

from cloud.registry.people.badges import STAFF_PER_SITE_MAX, StaffEntry, put_staff

__all__ = ["STAFF_PER_SITE_MAX", "StaffEntry", "put_staff"]
