"""When and where: rooms, openings and appointments that cannot overlap."""
