"""From a recording in any format to mono audio at one sample rate."""

from __future__ import annotations

import hashlib
import io
import wave
from contextlib import closing, contextmanager, nullcontext, suppress
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeAlias

import numpy as np

from pipeline.audio.formats import (
    DEMUXERS,
    MAX_CHANNELS,
    MAX_SAMPLE_RATE,
    MIN_SAMPLE_RATE,
    UNREADABLE_CURE,
)
from pipeline.audio.frames import mono
from pipeline.audio.windows import SAMPLE_RATE, Samples, regrouped
from pipeline.errors import AudioError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator
    from contextlib import AbstractContextManager

    from av import AudioFrame, AudioStream, Packet
    from av.container import InputContainer


Source: TypeAlias = bytes | str | Path | BinaryIO

OPTIONS = {
    "format_whitelist": DEMUXERS,
    # A container that names other files cannot have them opened.
    "protocol_whitelist": "none",
    # What a WAV file calls samples may be DTS or Dolby, which its first 0.4 s show. FFmpeg would
    # search 3 s (32 packets), which takes longer than to decode half a minute.
    "max_probe_packets": "4",
}
FORMAT = attrgetter("sample_rate", "layout.nb_channels", "layout.name", "format.name")
ENDLESS = 1e9  # seconds
ID3_HEADER = 10  # bytes, of which the last four tell the length of the tag


def blocks(
    source: Source, seconds: float = 60.0, notes: set[str] | None = None
) -> Generator[Samples, None, None]:
    """Decode a recording piece by piece, in memory that does not grow with its length.

    Of several audio streams the default one counts, or else the first with sound; its channels are
    averaged. Samples that are not finite, as in damaged float files, become silence. Damaged
    packets are skipped, and a file that is cut off gives what is there.

    Parameters
    ----------
    source
        Bytes, a path, or a binary file, which is read from its start and left open. Only what it
        holds itself is read: no address, protocol or playlist is followed.
    seconds
        Length of a block.
    notes
        What was unusual is added to it, before the block in which it was; see `frames.mono`.

    Yields
    ------
    np.ndarray [shape=(seconds * SAMPLE_RATE,)]
        Mono float32 at `SAMPLE_RATE`, full scale = 1; the last one is shorter.

    Raises
    ------
    AudioError
        If there is no such file, it is no audio, holds no sound, or is mostly damaged.
    """
    empty, notes = True, set() if notes is None else notes
    with _sound(source) as (container, stream):
        pieces = _resampled_runs(_frames(container, stream), notes)
        for block in regrouped(pieces, round(seconds * SAMPLE_RATE)):
            empty = False
            yield block
    if empty:
        raise AudioError("The file holds no sound: it is 0 seconds long. Record or save it again.")


def decode(source: Source, max_seconds: float | None = None) -> Samples:
    """Decode a whole recording, or its first `max_seconds`; see `blocks`.

    Returns
    -------
    np.ndarray [shape=(n,)]
        Mono float32 at `SAMPLE_RATE`, full scale = 1.
    """
    with closing(blocks(source, max_seconds or ENDLESS)) as parts:
        return next(parts)


def fingerprint(source: Source) -> str:
    """SHA-256 of a recording's sound as it is stored, whatever tags stand around it.

    When each part is to be played counts too, and what is to be left out of it.
    """
    digest = hashlib.sha256()
    with _sound(source) as (container, stream):
        for packet in _packets(container, stream):
            digest.update(bytes(packet))
            digest.update(f"{packet.pts} {packet.duration}".encode())
            if packet.has_sidedata("skip_samples"):
                digest.update(bytes(packet.get_sidedata("skip_samples")))
    return digest.hexdigest()


def tags(source: Source) -> dict[str, str]:
    """What a recording says of itself, by FFmpeg's names: ``genre, artist, album, date, title``."""
    with _opened(source) as container:
        streams = [stream.metadata for stream in container.streams.audio[:1]]
        found = [*container.metadata.items(), *(item for m in streams for item in m.items())]
    return {name.lower(): text.strip() for name, text in found if text.strip()}


def to_wav(y: Samples) -> bytes:
    """16-bit mono WAV file of audio at `SAMPLE_RATE`; what exceeds full scale is cut off."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(np.clip(np.rint(y * 32_768), -32_768, 32_767).astype("<i2").tobytes())
    return buffer.getvalue()


class _Nameless:
    """What PyAV gets to see of a file: no name, from whose ending it would guess the format."""

    def __init__(self, file: BinaryIO) -> None:
        self.file, self.read = file, file.read
        end = file.seek(0, io.SEEK_END)
        self.start = _start(file, end)
        self.size = end - self.start
        self.seek(0)

    def tell(self) -> int:
        return self.file.tell() - self.start

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        # A damaged file points anywhere, and the system refuses to go far beyond the end.
        start = self.start if whence == io.SEEK_SET else 0
        return self.file.seek(start + min(offset, self.size), whence) - self.start


def _start(file: BinaryIO, end: int) -> int:
    """Where music may begin: at 0, or in an ID3 tag that claims to be longer than the file."""
    file.seek(0)
    head = file.read(ID3_HEADER)
    length = sum((byte & 0x7F) << 7 * n for n, byte in enumerate(reversed(head[6:])))
    return ID3_HEADER if head[:3] == b"ID3" and ID3_HEADER + length >= end else 0


@contextmanager
def _opened(source: Source) -> Iterator[InputContainer]:
    import av

    with _file(source) as file:
        data = _Nameless(file)
        if not data.size:
            raise AudioError("The file is empty (0 bytes). Record or save it again.")
        try:
            container = av.open(data, "r", container_options=OPTIONS, metadata_errors="replace")
        except av.FFmpegError as error:
            message = f"This is no audio file, or it is damaged or cut off. {UNREADABLE_CURE}"
            raise AudioError(message) from error
        with container:
            yield container


def _file(source: Source) -> AbstractContextManager[BinaryIO]:
    if isinstance(source, str | Path):
        return _path_file(Path(source))
    if isinstance(source, bytes):
        return io.BytesIO(source)
    return nullcontext(source) if source.seekable() else io.BytesIO(source.read())


def _path_file(path: Path) -> BinaryIO:
    if not path.is_file():
        raise AudioError(f"There is no file {str(path)!r}. Check its name and folder.")
    try:
        return path.open("rb")
    except OSError as error:
        raise AudioError(
            f"{str(path)!r} cannot be opened: {error.strerror}. Check who may read it."
        ) from error


@contextmanager
def _sound(source: Source) -> Iterator[tuple[InputContainer, AudioStream]]:
    """The opened file, and the stream of it that counts."""
    with _opened(source) as container:
        ranked = _ranked(container)
        if len(ranked) == 1:
            yield container, _audio_stream(container, ranked[0])
            return
    number = next((number for number in ranked if _is_heard(source, number)), ranked[0])
    with _opened(source) as container:
        yield container, _audio_stream(container, number)


def _ranked(container: InputContainer) -> list[int]:
    """Numbers of the audio streams, the default ones first."""
    from av.stream import Disposition

    streams = container.streams.audio
    if not streams:
        raise AudioError("The file has no sound track. Choose one that has sound.")
    return sorted(
        range(len(streams)), key=lambda n: Disposition.default not in streams[n].disposition
    )


def _is_heard(source: Source, number: int) -> bool:
    """Whether a stream can be decoded, and is not silent all through."""
    with _opened(source) as container, suppress(AudioError):
        stream = _audio_stream(container, number)
        return any(piece.any() for piece in _resampled_runs(_frames(container, stream), set()))
    return False


def _audio_stream(container: InputContainer, number: int) -> AudioStream:
    stream = container.streams.audio[number]
    if stream.codec_context is None:
        raise AudioError(f"The sound is encrypted or of an unknown kind. {UNREADABLE_CURE}")
    # 0: not declared; what the frames say counts then.
    _check_layout(
        stream.codec_context.sample_rate or MIN_SAMPLE_RATE, stream.codec_context.channels
    )
    return stream


def _check_layout(rate: int, channels: int) -> None:
    if not MIN_SAMPLE_RATE <= rate <= MAX_SAMPLE_RATE:
        raise AudioError(
            f"The file claims {rate} samples a second; only {MIN_SAMPLE_RATE} to"
            f" {MAX_SAMPLE_RATE} can be read, so it is damaged. {UNREADABLE_CURE}"
        )
    if channels > MAX_CHANNELS:
        raise AudioError(
            f"The file has {channels} channels, and at most {MAX_CHANNELS} can be read. Save it as"
            " mono or stereo."
        )


def _frames(container: InputContainer, stream: AudioStream) -> Iterator[AudioFrame]:
    """Decode what can be decoded; refuse a file of which most cannot."""
    import av

    read = damaged = 0
    for packet in _packets(container, stream):
        read += 1
        try:
            frames = packet.decode()
        except av.FFmpegError:
            damaged += 1
            continue
        yield from frames
    if damaged > read / 2:
        raise AudioError(
            f"Most of the file is damaged: {damaged} of {read} parts. {UNREADABLE_CURE}"
        )


def _packets(container: InputContainer, stream: AudioStream) -> Iterator[Packet[AudioStream]]:
    import av

    try:
        yield from container.demux(stream)
    except av.FFmpegError:
        return  # cut off or damaged from here on; what came before is sound


def _resampled_runs(frames: Iterator[AudioFrame], notes: set[str]) -> Iterator[Samples]:
    """Mono audio at `SAMPLE_RATE`, started anew where the format of the frames changes."""
    for (rate, channels, _, _), run in groupby(frames, FORMAT):
        _check_layout(rate, channels)
        yield from _resampled(mono(run, rate, notes), rate)


def _resampled(pieces: Iterable[Samples], rate: int) -> Iterator[Samples]:
    if rate == SAMPLE_RATE:
        yield from pieces
        return
    import soxr

    stream = soxr.ResampleStream(rate, SAMPLE_RATE, 1, dtype="float32", quality="HQ")
    for piece in pieces:
        yield stream.resample_chunk(piece)
    yield stream.resample_chunk(np.empty(0, np.float32), last=True)
