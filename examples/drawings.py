"""Reproducible pictures for the sample photos, made of gradients and shapes."""

import random

from PIL import Image, ImageDraw, ImageFilter

Color = tuple[int, int, int]

WIDTH, HEIGHT = 480, 320
SUPERSAMPLING = 2
"""Pictures are drawn larger by this factor, then reduced, for smooth edges."""

DIRECTIONS = (
    *((0.0, -1.0), (0.5, -0.87), (0.87, -0.5), (1.0, 0.0), (0.87, 0.5), (0.5, 0.87)),
    *((0.0, 1.0), (-0.5, 0.87), (-0.87, 0.5), (-1.0, 0.0), (-0.87, -0.5), (-0.5, -0.87)),
)
"""Unit vectors to the twelve hours of a clock face, x to the right and y down."""


class Canvas:
    """A sky with shapes in front of it, in the coordinates of the finished picture."""

    def __init__(self, low: Color, high: Color, width: int = WIDTH, height: int = HEIGHT) -> None:
        """Fill the canvas with a gradient from `high` at the top to `low` at the bottom."""
        self._size = (width, height)
        large = (width * SUPERSAMPLING, height * SUPERSAMPLING)
        ramp = Image.linear_gradient("L").resize(large)
        self._image = Image.composite(
            Image.new("RGB", large, low), Image.new("RGB", large, high), ramp
        )
        self._draw = ImageDraw.Draw(self._image)

    def polygon(self, color: Color, *points: float) -> None:
        """Fill the polygon with these corners: x, y, x, y, and so on."""
        self._draw.polygon(_scaled(points), fill=color)

    def box(self, color: Color, left: float, top: float, right: float, bottom: float) -> None:
        """Fill a rectangle."""
        self._draw.rectangle(_scaled((left, top, right, bottom)), fill=color)

    def oval(self, color: Color, x: float, y: float, across: float, down: float = 0) -> None:
        """Fill the ellipse with center x, y and these radii; with one radius, a circle."""
        down = down or across
        self._draw.ellipse(_scaled((x - across, y - down, x + across, y + down)), fill=color)

    def line(self, color: Color, width: int, *points: float) -> None:
        """Draw a line through these points: x, y, x, y, and so on."""
        self._draw.line(_scaled(points), fill=color, width=width * SUPERSAMPLING, joint="curve")

    def blur(self, radius: float) -> None:
        """Blur the picture drawn so far."""
        self._image = self._image.filter(ImageFilter.GaussianBlur(radius * SUPERSAMPLING))
        self._draw = ImageDraw.Draw(self._image)

    def finished(self) -> Image.Image:
        """Return the picture in its final size."""
        return self._image.resize(self._size, Image.Resampling.LANCZOS)


def lighthouse() -> Image.Image:
    """Return a lighthouse with red bands in front of a low sun."""
    canvas = Canvas((255, 190, 120), (70, 90, 160))
    canvas.oval((255, 236, 170), 330, 196, 36)
    canvas.box((38, 70, 110), 0, 222, 480, 320)
    for row in range(7):
        canvas.line(
            (250, 200, 130), 3, 304 - row * 8, 230 + row * 13, 356 + row * 8, 230 + row * 13
        )
    canvas.polygon((54, 48, 52), 0, 320, 0, 262, 90, 228, 190, 240, 270, 320)
    canvas.polygon((245, 240, 235), 112, 236, 122, 96, 150, 96, 160, 236)
    for top in (118, 158, 198):
        canvas.polygon((200, 50, 50), 119, top + 20, 121, top, 151, top, 153, top + 20)
    canvas.box((255, 240, 150), 122, 74, 150, 96)
    canvas.polygon((200, 50, 50), 114, 76, 136, 54, 158, 76)
    return canvas.finished()


def city() -> Image.Image:
    """Return lit windows and a spire at dusk, upright."""
    canvas = Canvas((250, 170, 150), (60, 50, 110), HEIGHT, WIDTH)
    canvas.oval((250, 240, 230), 236, 120, 26)
    dice = random.Random("city")  # noqa: S311 - a picture, not a secret
    for left in range(0, HEIGHT, 40):
        top = dice.randint(220, 340)
        canvas.box((35, 30, 60), left, top, left + 34, WIDTH)
        for window in range(top + 12, WIDTH - 10, 20):
            if dice.randrange(5):
                canvas.box((250, 210, 120), left + 8, window, left + 26, window + 8)
    canvas.polygon((20, 18, 40), 124, WIDTH, 146, 150, 160, 56, 174, 150, 196, WIDTH)
    return canvas.finished()


def balloons() -> Image.Image:
    """Return three balloons over a meadow."""
    canvas = Canvas((235, 245, 255), (90, 160, 220))
    canvas.polygon((90, 140, 90), 0, 320, 0, 290, 160, 262, 330, 292, 480, 268, 480, 320)
    for x, y, radius, color in (
        (110, 120, 58, (230, 57, 70)),
        (250, 80, 40, (244, 162, 97)),
        (370, 140, 66, (42, 157, 143)),
    ):
        canvas.oval(color, x, y, radius)
        canvas.oval((250, 240, 220), x, y, radius // 3, radius)
        canvas.box((90, 60, 40), x - 8, y + radius + 8, x + 8, y + radius + 20)
    return canvas.finished()


def fireworks() -> Image.Image:
    """Return fireworks over a harbor at night."""
    canvas = Canvas((40, 50, 90), (8, 10, 30))
    canvas.box((12, 20, 48), 0, 210, 480, 320)
    dice = random.Random("harbour")  # noqa: S311 - a picture, not a secret
    for _ in range(60):
        x, y = dice.randint(0, 478), dice.randint(184, 206)
        canvas.box((255, 200, 90), x, y, x + 2, y + 3)
        canvas.line((84, 66, 60), 1, x, 214, x, 214 + dice.randint(12, 80))
    for x, y, color in (
        (150, 90, (255, 220, 120)),
        (290, 64, (250, 110, 160)),
        (380, 120, (120, 220, 255)),
    ):
        for hour, (east, south) in enumerate(DIRECTIONS):
            length = 54 if hour % 2 else 36
            canvas.line(
                color, 2, x + east * 10, y + south * 10, x + east * length, y + south * length
            )
            canvas.oval(color, x + east * length, y + south * length, 4)
    return canvas.finished()


def dessert() -> Image.Image:
    """Return a round dish and two spoons."""
    canvas = Canvas((150, 140, 130), (210, 200, 190))
    canvas.oval((245, 245, 240), 240, 170, 150, 124)
    canvas.oval((170, 150, 120), 240, 170, 122, 98)
    canvas.oval((90, 70, 50), 236, 164, 104, 80)
    for x in (45, 435):
        canvas.oval((240, 240, 240), x, 95, 16, 34)
        canvas.box((240, 240, 240), x - 4, 120, x + 4, 290)
    return canvas.finished()


def rings() -> Image.Image:
    """Return semi-transparent rings."""
    image = Image.new("RGBA", (256, 256))
    draw = ImageDraw.Draw(image)
    for step, color in enumerate(((230, 57, 70), (244, 162, 97), (233, 196, 106), (42, 157, 143))):
        inset = 12 + step * 28
        box = (inset, inset, 255 - inset, 255 - inset)
        draw.ellipse(box, fill=(*color, 240 - step * 48))
    return image


def aurora() -> Image.Image:
    """Return northern lights over hills."""
    canvas = Canvas((10, 40, 50), (4, 6, 24))
    for band in range(60):
        x, top = band * 8, 50 + abs((band * 7) % 60 - 30) + band
        glow = 190 - abs(band - 30) * 4
        canvas.polygon((20, glow, 110), x, top + 120, x + 4, top, x + 14, top, x + 10, top + 120)
    canvas.blur(8)
    canvas.polygon((2, 4, 10), 0, 320, 0, 280, 120, 230, 210, 285, 320, 240, 480, 290, 480, 320)
    return canvas.finished().quantize(64, dither=Image.Dither.NONE)


def clock(hour: int) -> Image.Image:
    """Return a clock face with one hand."""
    canvas = Canvas((38, 70, 83), (38, 70, 83), 120, 120)
    canvas.oval((250, 245, 230), 60, 60, 50)
    for east, south in DIRECTIONS:
        canvas.line(
            (38, 70, 83), 3, 60 + east * 41, 60 + south * 41, 60 + east * 47, 60 + south * 47
        )
    east, south = DIRECTIONS[hour]
    canvas.line((230, 57, 70), 5, 60, 60, 60 + east * 30, 60 + south * 30)
    return canvas.finished().quantize(16, dither=Image.Dither.NONE)


def meadow() -> Image.Image:
    """Return flowers in perspective: the nearer, the larger."""
    canvas = Canvas((200, 230, 255), (110, 180, 240))
    canvas.polygon((110, 170, 80), 0, 320, 0, 190, 240, 160, 480, 200, 480, 320)
    dice = random.Random("meadow")  # noqa: S311 - a picture, not a secret
    for y in range(206, 316):
        color = dice.choice(((255, 255, 255), (250, 210, 60), (230, 90, 120)))
        canvas.oval(color, dice.randint(4, 476), y, 2 + (y - 190) // 24)
    return canvas.finished()


def dunes() -> Image.Image:
    """Return four ridges of sand."""
    canvas = Canvas((250, 220, 170), (120, 170, 210))
    for level, color in enumerate(((226, 160, 96), (206, 132, 74), (176, 100, 56), (140, 74, 44))):
        y, shift = 150 + level * 40, level * 40
        ridge = (120 + shift, y - 20, 260, y + 34, 380, y, 480, y + 26)
        canvas.polygon(color, 0, 320, 0, y + 30, *ridge, 480, 320)
    return canvas.finished()


def blossom() -> Image.Image:
    """Return a branch in bloom."""
    canvas = Canvas((235, 240, 250), (170, 200, 230))
    canvas.line((80, 54, 44), 12, 0, 290, 200, 200, 480, 60)
    dice = random.Random("blossom")  # noqa: S311 - a picture, not a secret
    for _ in range(34):
        x = dice.randint(20, 460)
        y = 285 - x * 46 // 100 + dice.randint(-46, 46)
        for east, south in DIRECTIONS[::2]:
            canvas.oval((255, 190, 210), x + east * 9, y + south * 9, 8)
        canvas.oval((230, 110, 140), x, y, 5)
    return canvas.finished()


def page(number: int) -> Image.Image:
    """Return one page of a letter, black on white."""
    image = Image.new("1", (420, 594), 1)
    draw = ImageDraw.Draw(image)
    dice = random.Random(f"page {number}")  # noqa: S311 - a picture, not a secret
    for line in range(60, 540, 16):
        draw.rectangle((50, line, dice.randint(260, 370), line + 6), fill=0)
    draw.rectangle((50, 24, 50 + number * 30, 40), fill=0)
    return image


def chessboard() -> Image.Image:
    """Return a chessboard in two colors of a palette."""
    image = Image.new("P", (64, 64))
    image.putpalette([38, 70, 83, 233, 196, 106])
    draw = ImageDraw.Draw(image)
    for row in range(8):
        for column in range(row % 2, 8, 2):
            draw.rectangle((column * 8, row * 8, column * 8 + 7, row * 8 + 7), fill=1)
    return image


def _scaled(points: tuple[float, ...]) -> list[float]:
    return [value * SUPERSAMPLING for value in points]
