"""The picture of a page: grey values and how many dots an inch has."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Picture:
    """A page as a picture: `grey` is `(height, width) uint8`, 0 is black; `dpi` are dots per inch."""

    grey: NDArray[np.uint8]
    dpi: float

    @property
    def width(self) -> int:
        """Width in dots."""
        return int(self.grey.shape[1])

    @property
    def height(self) -> int:
        """Height in dots."""
        return int(self.grey.shape[0])

    def turned(self, degrees: int) -> "Picture":
        """Return the picture turned clockwise by a multiple of 90 degrees."""
        if degrees % 360 == 0:
            return self
        return Picture(np.ascontiguousarray(np.rot90(self.grey, -degrees // 90)), self.dpi)

    def halved(self) -> "Picture":
        """Return the picture at half its resolution: each dot is the mean of four, which takes noise away."""
        even = self.grey[: self.height // 2 * 2, : self.width // 2 * 2].astype(np.uint16)
        mean = (even[::2, ::2] + even[1::2, ::2] + even[::2, 1::2] + even[1::2, 1::2]) // 4
        return Picture(mean.astype(np.uint8), self.dpi / 2)

    def densest_band(self, height: int) -> "Picture":
        """Return the band of that many dots over the whole width which holds the most ink."""
        if self.height <= height:
            return self
        ink = np.concatenate(([0], np.cumsum(255 - self.grey.mean(axis=1))))
        top = int(np.argmax(ink[height:] - ink[:-height]))
        return Picture(np.ascontiguousarray(self.grey[top : top + height]), self.dpi)
