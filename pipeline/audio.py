"""From a recording in any format to 3-s windows of mono audio, and what is doubtful about it."""

from __future__ import annotations

import hashlib
import io
import wave
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass
from itertools import chain, groupby, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from pipeline.errors import AudioError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator
    from contextlib import AbstractContextManager

    from av import AudioFrame, AudioStream, Packet
    from av.container import InputContainer

Source: TypeAlias = bytes | str | Path | BinaryIO
Samples: TypeAlias = npt.NDArray[np.float32]

SAMPLE_RATE = 22_050
WINDOW_SECONDS = 3.0
WINDOW = int(WINDOW_SECONDS * SAMPLE_RATE)
MIN_SECONDS = 1.0
EXTENSIONS = (
    *("wav", "flac", "mp3", "m4a", "aac", "ogg", "oga", "opus", "webm", "wma"),
    *("aif", "aiff", "au", "caf", "mp4", "m4b", "mov", "3gp", "mkv", "mka", "avi"),
)

# Containers that hold their own sound. What is missing here matters: playlists (hls, concat, dash,
# sdp) name other files and addresses, which a stranger's upload must not make this machine open.
DEMUXERS = "wav,w64,flac,mp3,aac,ogg,matroska,webm,asf,aiff,au,caf,mov,mp4,m4a,3gp,3g2,mj2,avi"
MIN_RATE, MAX_RATE, MAX_CHANNELS = 2_000, 768_000, 64
CURE = "Check that it plays in a media player, then save it as WAV, FLAC or MP3."
# Beyond it a float sample is damage: 2 ** 31 leaves room for floats that hold whole numbers.
ABSURD = 2.0**31

# Calibrated on GTZAN. Of clips turned up by 6 dB and cut off before they were resampled, 92 % have
# more than this share of samples at the limit; of 563 clips as they are, 5.
CLIPPED_LEVEL, CLIPPED_SHARE = 0.99, 0.002
SILENT_DB = -60.0
LEVEL_DB = -18.0  # mean of GTZAN's tracks
FRAME = 1024
BIN_HZ = SAMPLE_RATE / FRAME
HANN = np.hanning(FRAME + 1)[:-1].astype(np.float32)
# A cliff: within 150 Hz the level falls 25 dB below the median of the 500 Hz before, and stays
# there. It is looked for from 1.5 kHz to 9 kHz, as codecs of good quality cut at 9.5 kHz or more.
# What lies 10 dB below the noise of 16-bit audio counts as nothing, or the empty bands that codecs
# leave in dark music would be cliffs. GTZAN: 0 of 563 flagged as they are, 0 after MP3, AAC, Opus
# or Vorbis; sampled at 8 kHz all, at 16 kHz 99 %.
CLIFF_DB = 25.0
CLIFF_GAP, CLIFF_WIDTH = round(150 / BIN_HZ), round(500 / BIN_HZ)
CLIFF_BINS = np.arange(round(1_500 / BIN_HZ), round(9_000 / BIN_HZ))
NOTHING = float(np.sum(HANN**2)) / 12 / 2**30 / 10
# Noise of any colour has two marks. Over time the power of a bin scatters as chance has it: the
# logarithm of its mean exceeds the mean of its logarithm by Euler's constant. And the spectrum is
# smooth, which pitches make rough. Each frame is first brought to one level, so that wind, which
# swells, has these marks too. What is less than 10 dB above the noise of 16-bit audio is not heard.
# GTZAN: 0 of 563 are taken for noise as they are, clipped by 10 dB, or with white noise 20 or 10 dB
# below them; 12 with noise as loud as the music; of 1-s pieces 2 of 1,540. Found is, from 1 to 30 s
# and from -10 to -50 dB, all white, pink, brown and blue noise, and dense rain; most of wind and of
# noise in a band; no crackle, and of drops that can be counted two thirds.
# Doubtful, as three bands of six have the first mark, are 0 of the 192 that are 15 s or longer, and
# 1 % of 3-s pieces; with noise 20 dB below 3 %, 10 dB 21 %, 0 dB 85 %.
QUIET = 100 * NOTHING
BANDS = [
    slice(*np.round(np.array(edges) / BIN_HZ).astype(int))
    for edges in pairwise([50, 500, 1_000, 2_000, 4_000, 8_000, 10_700])
]
PITCHES = slice(BANDS[0].start, BANDS[2].stop)
NOISE_SCATTER, NOISE_ROUGHNESS = 0.2, 2.0
NOISY_SCATTER, NOISY_BANDS = 0.12, 3


def blocks(source: Source, seconds: float = 60.0) -> Generator[Samples, None, None]:
    """Decode a recording piece by piece, in memory that does not grow with its length.

    The first audio stream counts; its channels are averaged. Samples that are not finite, as in
    damaged float files, become silence. Damaged packets are skipped, and a file that is cut off
    gives what is there.

    Parameters
    ----------
    source
        Bytes, a path, or a binary file, which is read from its start and left open. Only what it
        holds itself is read: no address, protocol or playlist is followed.
    seconds
        Length of a block.

    Yields
    ------
    np.ndarray [shape=(seconds * SAMPLE_RATE,)]
        Mono float32 at `SAMPLE_RATE`, full scale = 1; the last one is shorter.

    Raises
    ------
    AudioError
        If there is no such file, it is no audio, holds no sound, or is mostly damaged.
    """
    empty = True
    with _opened(source) as container:
        pieces = _resampled_runs(_frames(container, _audio_stream(container)))
        for block in _regrouped(pieces, round(seconds * SAMPLE_RATE)):
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
    with closing(blocks(source, max_seconds or 60.0)) as parts:
        return next(parts) if max_seconds else np.concatenate(list(parts))


def fingerprint(source: Source) -> str:
    """SHA-256 of a recording's sound as it is stored, whatever tags stand around it."""
    digest = hashlib.sha256()
    with _opened(source) as container:
        for packet in _packets(container, _audio_stream(container)):
            digest.update(bytes(packet))
    return digest.hexdigest()


def to_wav(y: Samples) -> bytes:
    """16-bit mono WAV file of audio at `SAMPLE_RATE`; what exceeds full scale is cut off."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(np.clip(np.rint(y * 32_768), -32_768, 32_767).astype("<i2").tobytes())
    return buffer.getvalue()


def normalize_level(y: Samples) -> Samples:
    """Bring a recording to the mean level of GTZAN's tracks, or as near as its peaks allow.

    Models hear how loud music is, and where a microphone stands says nothing about it. Silence
    stays as it is.

    Parameters
    ----------
    y : np.ndarray [shape=(n,)]
        Mono audio at `SAMPLE_RATE`, full scale = 1.
    """
    found = measure(y)
    if found.rms_db < SILENT_DB:
        return y
    return y * np.float32(min(10 ** ((LEVEL_DB - found.rms_db) / 20), 1 / found.peak))


def spans(n_samples: int) -> npt.NDArray[np.float64]:
    """Where the windows of a recording stand.

    They follow each other from 0 without overlap. A rest of at least `MIN_SECONDS` gives one more,
    which ends with the recording; a shorter one is left out. A recording shorter than a window has
    one, which spans it.

    Returns
    -------
    np.ndarray [shape=(n, 2)]
        Start and end in seconds.

    Raises
    ------
    AudioError
        If the recording is shorter than `MIN_SECONDS`.
    """
    return _bounds(n_samples) / SAMPLE_RATE


def windows(y: Samples) -> Samples:
    """Windows of a recording at `spans`; one shorter than a window is repeated to fill it.

    Returns
    -------
    np.ndarray [shape=(n, WINDOW)]

    Raises
    ------
    AudioError
        If the recording is shorter than `MIN_SECONDS`.
    """
    return np.stack([window for _, _, window in stream_windows([y])])


def stream_windows(
    blocks: Iterable[Samples], seconds: float = WINDOW_SECONDS
) -> Iterator[tuple[float, float, Samples]]:
    """`windows` and `spans` of blocks joined together, in memory that does not grow with them.

    Parameters
    ----------
    seconds
        Length of a window.

    Yields
    ------
    start, end : float
        In seconds.
    window : np.ndarray [shape=(seconds * SAMPLE_RATE,)]

    Raises
    ------
    AudioError
        At the end, if all blocks together are shorter than `MIN_SECONDS`.
    """
    size = int(seconds * SAMPLE_RATE)
    held = np.empty(0, np.float32)
    first = 0
    # What is held is at least one window, so that the last window can reach back into it.
    for piece in _regrouped(blocks, size):
        held = np.concatenate([held, piece])
        if len(held) >= 2 * size:
            yield first / SAMPLE_RATE, (first + size) / SAMPLE_RATE, held[:size]
            held, first = held[size:], first + size
    for start, end in _bounds(len(held), size):
        window = np.resize(held[start:end], size)
        yield float(first + start) / SAMPLE_RATE, float(first + end) / SAMPLE_RATE, window


@dataclass(frozen=True)
class Finding:
    """Something doubtful about a recording, said in a sentence for the page.

    Attributes
    ----------
    fatal
        Whether an answer would mean nothing.
    """

    kind: Literal["too_short", "silent", "noise", "clipped", "band_limited", "short"]
    message: str
    fatal: bool


@dataclass(frozen=True, eq=False)
class Measurement:
    """What a stretch of audio is like. Measurements of consecutive stretches add up.

    A sum differs from the measurement of the whole by what crosses a border: less than one frame of
    the spectrum and two clipped samples.

    Attributes
    ----------
    samples
        Length at `SAMPLE_RATE`.
    peak
        Largest magnitude; full scale = 1.
    total, squares
        Sum of the samples and of their squares.
    clipped
        Samples in runs of three or more at `CLIPPED_LEVEL` or beyond.
    frames
        Number of frames in `spectrum`.
    spectrum : np.ndarray [shape=(1 + FRAME // 2,)]
        Power summed over frames.
    levelled, log_levelled : np.ndarray [shape=(1 + FRAME // 2,)]
        Power of frames of which each was brought to the same level, and its logarithm, summed.
    """

    samples: int
    peak: float
    total: float
    squares: float
    clipped: int
    frames: int
    spectrum: npt.NDArray[np.float64]
    levelled: npt.NDArray[np.float64]
    log_levelled: npt.NDArray[np.float64]

    def __add__(self, other: Measurement) -> Measurement:
        return Measurement(
            samples=self.samples + other.samples,
            peak=max(self.peak, other.peak),
            total=self.total + other.total,
            squares=self.squares + other.squares,
            clipped=self.clipped + other.clipped,
            frames=self.frames + other.frames,
            spectrum=self.spectrum + other.spectrum,
            levelled=self.levelled + other.levelled,
            log_levelled=self.log_levelled + other.log_levelled,
        )

    @property
    def seconds(self) -> float:
        """Length."""
        return self.samples / SAMPLE_RATE

    @property
    def rms_db(self) -> float:
        """Level in dB of full scale, without a constant offset; -200 for digital silence."""
        count = max(self.samples, 1)
        variance = self.squares / count - (self.total / count) ** 2
        return float(10 * np.log10(max(variance, 1e-20)))

    @property
    def clipped_share(self) -> float:
        """Share of the samples that are clipped, from 0 to 1."""
        return self.clipped / max(self.samples, 1)

    @property
    def bandwidth_hz(self) -> float:
        """Frequency of the cliff above which nothing stands; ``SAMPLE_RATE / 2`` if there is none.

        A low sampling rate leaves a cliff. Dark music slopes gently and has none.
        """
        level = 10 * np.log10(self.spectrum + NOTHING * max(self.frames, 1))
        smooth = np.convolve(np.pad(level, 2, "edge"), np.full(5, 0.2), "valid")
        highest_above = np.maximum.accumulate(smooth[::-1])[::-1]
        ahead = np.lib.stride_tricks.sliding_window_view(level, CLIFF_WIDTH)
        below = np.median(ahead[CLIFF_BINS - CLIFF_WIDTH], axis=1)
        drop = below - highest_above[CLIFF_BINS + CLIFF_GAP]
        if drop.max() < CLIFF_DB:
            return SAMPLE_RATE / 2
        return float(CLIFF_BINS[drop.argmax()] * BIN_HZ)

    @property
    def scatter(self) -> npt.NDArray[np.float64]:
        """How power scatters over time in each of `BANDS`, in nats; NaN where nothing is heard.

        Noise has Euler's constant, music mostly more, and a tone that stands still has 0.
        """
        return np.array([self._scatter(band) for band in BANDS])

    def _scatter(self, band: slice) -> float:
        frames = max(self.frames, 1)
        heard = self.spectrum[band] > 10 * QUIET * frames
        if heard.mean() < 0.5:
            return np.nan
        log_of_mean = np.log(self.levelled[band][heard] / frames)
        return float(np.mean(log_of_mean - self.log_levelled[band][heard] / frames))

    @property
    def roughness(self) -> float:
        """How much the spectrum of pitches bends from bin to bin; that of noise about 1."""
        level = np.log(self.levelled[PITCHES] + NOTHING)
        return float(np.median(np.abs(np.diff(level, 2))) * np.sqrt(self.frames))

    def findings(self) -> list[Finding]:
        """What is doubtful, in sentences; a fatal finding stands alone."""
        if self.seconds < MIN_SECONDS:
            return [Finding("too_short", _too_short(self.samples), fatal=True)]
        if self.rms_db < SILENT_DB:
            return [Finding("silent", SILENT, fatal=True)]
        doubts = (self._noise(), self._short(), self._clipped(), self._band_limited())
        found = [doubt for doubt in doubts if doubt]
        return [doubt for doubt in found if doubt.fatal] or found

    def _noise(self) -> Finding | None:
        off = np.abs(self.scatter - np.euler_gamma)
        noisy = int(np.sum(off < NOISY_SCATTER))
        everywhere = np.isfinite(off).sum() > 1 and np.nanmax(off) < NOISE_SCATTER
        if everywhere and self.roughness < NOISE_ROUGHNESS:
            return Finding("noise", NOISE, fatal=True)
        if noisy < NOISY_BANDS or self._short():  # a second or two may look so by chance
            return None
        message = (
            f"Noisy: in {noisy} of {len(off)} parts of the spectrum there is hardly more to hear"
            " than noise. Expect less, or choose a better copy."
        )
        return Finding("noise", message, fatal=False)

    def _short(self) -> Finding | None:
        if round(self.seconds, 1) >= WINDOW_SECONDS:
            return None
        message = (
            f"Only {self.seconds:.1f} s long: it was repeated to fill {WINDOW_SECONDS:g} s, so"
            " expect less. Ten seconds or more are better."
        )
        return Finding("short", message, fatal=False)

    def _clipped(self) -> Finding | None:
        if self.clipped_share <= CLIPPED_SHARE:
            return None
        message = (
            f"Clipped: {self.clipped_share:.1%} of it stands at the loudest value there is, which"
            " sounds distorted. Expect less, or record it again at a lower level."
        )
        return Finding("clipped", message, fatal=False)

    def _band_limited(self) -> Finding | None:
        if self.bandwidth_hz >= SAMPLE_RATE / 2:
            return None
        message = (
            f"Nothing above {round(self.bandwidth_hz / 500) / 2:g} kHz, as on a telephone or in a"
            " voice message: brightness is missing that the models listen to, so expect less, or"
            " choose a better copy."
        )
        return Finding("band_limited", message, fatal=False)


SILENT = (
    f"There is nothing to hear: the level is below {SILENT_DB:g} dB of full scale. Check the"
    " microphone and its volume, or choose another recording."
)

NOISE = (
    "There is only noise to hear, like hiss, rain or wind: it has neither pitches nor beats. Check"
    " the microphone, or choose another recording."
)


def measure(y: Samples) -> Measurement:
    """Measure a stretch of audio.

    Parameters
    ----------
    y : np.ndarray [shape=(n,)]
        Mono audio at `SAMPLE_RATE`, full scale = 1.
    """
    frames = y[: len(y) // FRAME * FRAME].reshape(-1, FRAME)
    power = np.square(np.abs(np.fft.rfft(frames * HANN)))  # (frames, 1 + FRAME // 2)
    log = np.log(power + np.float32(QUIET))
    log -= log.mean(axis=1, keepdims=True)
    return Measurement(
        samples=len(y),
        peak=float(np.max(np.abs(y), initial=0.0)),
        total=float(y.sum(dtype=np.float64)),
        squares=float(np.square(y, dtype=np.float64).sum()),
        clipped=_clipped_samples(y),
        frames=len(frames),
        spectrum=power.sum(axis=0, dtype=np.float64),
        levelled=np.exp(log).sum(axis=0, dtype=np.float64),
        log_levelled=log.sum(axis=0, dtype=np.float64),
    )


def condition(y: Samples) -> list[Finding]:
    """What is doubtful about a recording, y [shape=(n,)] at `SAMPLE_RATE`."""
    return measure(y).findings()


def _clipped_samples(y: Samples) -> int:
    high = np.abs(y) >= CLIPPED_LEVEL
    run_starts = np.flatnonzero(high[2:] & high[1:-1] & high[:-2])
    return len(np.unique(run_starts[:, None] + np.arange(3)))


def _bounds(n_samples: int, size: int = WINDOW) -> npt.NDArray[np.int64]:
    """Start and end of each window in samples [shape=(n, 2)]."""
    least = int(MIN_SECONDS * SAMPLE_RATE)
    if n_samples < least:
        raise AudioError(_too_short(n_samples))
    starts = list(range(0, max(n_samples - size, 0) + 1, size))
    if n_samples - starts[-1] - size >= least:
        starts.append(n_samples - size)
    return np.array([(start, min(start + size, n_samples)) for start in starts])


def _too_short(n_samples: int) -> str:
    hundredths = n_samples * 100 // SAMPLE_RATE  # rounded down: never "1.00 s, and at least 1 s"
    return (
        f"The recording is {hundredths / 100:.2f} s long, and at least {MIN_SECONDS:g} s is needed."
        " Record or choose a longer piece."
    )


class _Nameless:
    """What PyAV gets to see of a file: no name, from whose ending it would guess the format."""

    def __init__(self, file: BinaryIO) -> None:
        self.file, self.read, self.tell = file, file.read, file.tell
        self.size = file.seek(0, io.SEEK_END)
        file.seek(0)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        # A damaged file points anywhere, and the system refuses to go far beyond the end.
        return self.file.seek(min(offset, self.size), whence)


@contextmanager
def _opened(source: Source) -> Iterator[InputContainer]:
    import av

    with _file(source) as file:
        data = _Nameless(file)
        if not data.size:
            raise AudioError("The file is empty (0 bytes). Record or save it again.")
        # No protocol is allowed: a container that names other files cannot have them opened.
        options = {"format_whitelist": DEMUXERS, "protocol_whitelist": "none"}
        try:
            container = av.open(data, "r", container_options=options, metadata_errors="replace")
        except av.FFmpegError as error:
            message = f"This is no audio file, or it is damaged or cut off. {CURE}"
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


def _audio_stream(container: InputContainer) -> AudioStream:
    if not container.streams.audio:
        raise AudioError("The file has no sound track. Choose one that has sound.")
    stream = container.streams.audio[0]
    if stream.codec_context is None:
        raise AudioError(f"The sound is encrypted or of an unknown kind. {CURE}")
    # 0: not declared; what the frames say counts then.
    _check_layout(stream.codec_context.sample_rate or MIN_RATE, stream.codec_context.channels)
    return stream


def _check_layout(rate: int, channels: int) -> None:
    if not MIN_RATE <= rate <= MAX_RATE:
        raise AudioError(
            f"The file says it has {rate} samples a second, and {MIN_RATE} to {MAX_RATE} can be"
            f" read: it is damaged. {CURE}"
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
        raise AudioError(f"Most of the file is damaged: {damaged} of {read} parts. {CURE}")


def _packets(container: InputContainer, stream: AudioStream) -> Iterator[Packet[AudioStream]]:
    import av

    try:
        yield from container.demux(stream)
    except av.FFmpegError:
        return  # cut off or damaged from here on; what came before is sound


def _resampled_runs(frames: Iterator[AudioFrame]) -> Iterator[Samples]:
    """Mono audio at `SAMPLE_RATE`, started anew where the format of the frames changes."""
    for (rate, channels, _, _), run in groupby(frames, _format):
        _check_layout(rate, channels)
        yield from _resampled(_mono(run, rate, channels), rate)


def _format(frame: AudioFrame) -> tuple[int, int, str, str]:
    return frame.sample_rate, frame.layout.nb_channels, frame.layout.name, frame.format.name


def _mono(frames: Iterable[AudioFrame], rate: int, channels: int) -> Iterator[Samples]:
    import av

    # Not `frame.to_ndarray()`, which reads beyond the planes of eight or more channels. Frames of a
    # few ms are joined to one second, as each costs some Python.
    packer = av.AudioResampler(format="flt", frame_size=rate)
    weights = np.full(channels, 1 / channels, np.float32)
    for frame in chain(frames, [None]):  # None: the rest, which is shorter
        for packed in packer.resample(frame):
            samples = packed.to_ndarray().reshape(-1, channels)
            sound = np.where(np.abs(samples) < ABSURD, samples, 0).astype(np.float32, copy=False)
            yield sound @ weights


def _resampled(pieces: Iterable[Samples], rate: int) -> Iterator[Samples]:
    if rate == SAMPLE_RATE:
        yield from pieces
        return
    import soxr

    stream = soxr.ResampleStream(rate, SAMPLE_RATE, 1, dtype="float32", quality="HQ")
    for piece in pieces:
        yield stream.resample_chunk(piece)
    yield stream.resample_chunk(np.empty(0, np.float32), last=True)


def _regrouped(pieces: Iterable[Samples], size: int) -> Iterator[Samples]:
    """Join arrays and cut them to `size` samples each; the last one is shorter, none is empty."""
    held: list[Samples] = []
    count = 0
    for piece in pieces:
        held.append(piece)
        count += len(piece)
        if count >= size:
            joined = np.concatenate(held)
            whole = count - count % size
            yield from joined[:whole].reshape(-1, size)
            held, count = [joined[whole:]], count - whole
    if count:
        yield np.concatenate(held)
