"""What is read: endings, containers, and the limits of a plausible file."""

from __future__ import annotations

EXTENSIONS = (
    *("wav", "flac", "mp3", "m4a", "aac", "ogg", "oga", "opus", "webm", "wma"),
    *("aif", "aiff", "aifc", "au", "caf", "mp4", "m4b", "mov", "3gp", "mkv", "mka", "avi"),
    *("mp2", "w64", "wv", "tta", "ac3", "dts", "spx", "ts", "flv", "amr"),
)

# Containers that hold their own sound. What is missing here matters: playlists (hls, concat, dash,
# sdp) name other files and addresses, which a stranger's upload must not make this machine open.
DEMUXERS = (
    "wav,w64,flac,mp3,aac,ogg,matroska,webm,asf,aiff,au,caf,mov,mp4,m4a,3gp,3g2,mj2,avi"
    ",wv,tta,ac3,eac3,dts,mpegts,flv,amr"
)
MIN_SAMPLE_RATE, MAX_SAMPLE_RATE, MAX_CHANNELS = 2_000, 768_000, 64
UNREADABLE_CURE = "Check that it plays in a media player, then save it as WAV, FLAC or MP3."
# Beyond it a float sample is damage: 2 ** 31 leaves room for floats that hold whole numbers.
MAX_MAGNITUDE = 2.0**31
