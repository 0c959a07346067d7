import struct

from imgmeta.formats.item_locations import extents_in_file


def test_number_of_extents_is_limited() -> None:
    """Extents whose offset and length have no bytes cost a file nothing."""
    most = 0xFFFF
    items = b"".join(struct.pack(">HHH", item, 0, most) for item in range(3))
    iloc = bytes(6) + struct.pack(">H", 3) + items + bytes(1)

    assert sum(1 for _ in extents_in_file(iloc)) == most
