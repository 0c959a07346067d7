"""Random damage to files."""

import random

__all__ = ["damaged"]

_EXTREMES = (
    b"\xff\xff\xff\xff",
    b"\0\0\0\0",
    b"\x7f\xff\xff\xff",
    b"\xff\xff\xff\x7f",
    b"\0\0\0\1",
    b"\xff\xff",
    b"\0\0",
)


def damaged(data: bytes, damage: random.Random, donor: bytes) -> bytes:
    """Return a copy of a file with up to eight damages, most of them near the beginning.

    Args:
        data: the file.
        damage: chooses the damages.
        donor: another file, parts of which are inserted.
    """
    result = bytearray(data)
    for _ in range(damage.randint(1, 8)):
        if not result:
            break
        # Most of the damage is near the beginning, where the headers are.
        position = damage.randrange(min(len(result), damage.choice([64, 512, len(result)])))
        match damage.randrange(6):
            case 0:
                result[position] ^= 1 << damage.randrange(8)
            case 1:
                extreme = damage.choice(_EXTREMES)
                result[position : position + len(extreme)] = extreme
            case 2:
                del result[position:]
            case 3:
                result[position:position] = result[position : position + damage.randrange(300)]
            case 4:
                start = damage.randrange(len(donor))
                result[position:position] = donor[start : start + damage.randrange(2000)]
            case _:
                result[position] = damage.randrange(256)
    return bytes(result)
