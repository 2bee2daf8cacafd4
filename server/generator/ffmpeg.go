package generator

import (
	"context"
	"errors"
	"log/slog"
	"os/exec"
)

// FFmpegOptions says where the encoder writes and what it is.
type FFmpegOptions struct {
	Dir  string       // the stream directory; made when it is missing
	Log  *slog.Logger // gets ffmpeg's own messages; nil: nobody does
	Path string       // the ffmpeg to run; empty: the one on the PATH
}

// FindFFmpeg is the path of the ffmpeg on the PATH, and whether there is one.
func FindFFmpeg() (string, bool) {
	path, err := exec.LookPath("ffmpeg")
	return path, err == nil
}

// FFmpeg encodes the test source live into o.Dir until ctx ends, starting
// ffmpeg again when it dies. It returns nil when ctx ended, and at once with
// an error when it cannot begin.
func FFmpeg(ctx context.Context, o FFmpegOptions) error {
	return errors.New("generator: not built yet")
}
