"""Renders people that do not exist: a licensed head mesh with procedural skin, hair, clothes and light."""
