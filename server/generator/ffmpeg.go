package generator

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// FFmpegOptions says where the encoder writes and what it is.
type FFmpegOptions struct {
	Dir  string       // the stream directory; made when it is missing
	Log  *slog.Logger // gets ffmpeg's own messages; nil: nobody does
	Path string       // the ffmpeg to run; empty: the one on the PATH
	Died func()       // is told when ffmpeg has died and is to be started again; nil: nobody is
}

// FindFFmpeg is the path of the ffmpeg on the PATH, and whether there is one.
func FindFFmpeg() (string, bool) {
	path, err := exec.LookPath("ffmpeg")
	return path, err == nil
}

// FFmpeg encodes the test source live into o.Dir, as master.m3u8 and the folders
// 720p and 360p, until ctx ends, and starts ffmpeg again when it dies. It
// returns nil when ctx ended and ffmpeg is gone, and at once with an error when
// it cannot begin. One process at a time may write into a directory.
//
// Viewers outlive a restart of ffmpeg, and one of the server that takes less
// than a minute: the playlists never say that the stream has ended, and the next
// ffmpeg goes on where they stop, with the next number and a discontinuity.
//
// ffmpeg writes no EXT-X-DISCONTINUITY-SEQUENCE, so that nothing counts the
// discontinuities that have left the playlist, as RFC 8216 (6.2.2) would have
// it. The media sequence numbers and the dates do go on.
func FFmpeg(ctx context.Context, o FFmpegOptions) error {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Died == nil {
		o.Died = func() {}
	}
	path, err := exec.LookPath(cmp.Or(o.Path, "ffmpeg"))
	if err == nil {
		path, err = filepath.Abs(path) // it runs in o.Dir, not here
	}
	if err != nil {
		return fmt.Errorf("there is no ffmpeg to run: %w; install it (Debian and Ubuntu: apt install ffmpeg, "+
			"macOS: brew install ffmpeg, Windows: winget install ffmpeg), or use the embedded test card", err)
	}
	// Once before the supervisor does it, whose errors only reach the log.
	if _, err := prepare(o.Dir, time.Now()); err != nil {
		return fmt.Errorf("the stream directory: %w", err)
	}
	s := supervisor{
		log:   o.Log,
		died:  o.Died,
		now:   time.Now,
		after: time.After,
		run: func(ctx context.Context) error {
			first, err := prepare(o.Dir, time.Now())
			if err != nil {
				return err
			}
			ctx, cancel := context.WithCancelCause(ctx)
			defer cancel(nil)
			go watch(ctx, os.DirFS(o.Dir), Stalled, cancel)
			err = run(ctx, path, arguments(first), o.Dir, o.Log)
			return cmp.Or(context.Cause(ctx), err)
		},
	}
	s.supervise(ctx)
	return nil
}

// encoded are the renditions, the best first. The first is the size of the
// source.
var encoded = []struct {
	name         string
	size         string
	video, audio int // kbit/s
}{
	{"720p", "1280x720", 2000, 96},
	{"360p", "640x360", 500, 64},
}

// arguments are ffmpeg's, for its working directory being the stream's. first is
// what prepare says.
func arguments(first int64) []string {
	args := []string{
		"-hide_banner", "-nostdin", "-nostats", "-loglevel", "warning",
		"-re", "-f", "lavfi", "-i", "testsrc=size=" + encoded[0].size + ":rate=30",
		// A beep every second over a soft tone.
		"-re", "-f", "lavfi", "-i", "sine=frequency=220:beep_factor=4:sample_rate=48000",
	}
	var pictures, sounds, streams []string
	filter := fmt.Sprintf("[0:v]format=yuv420p,split=%d", len(encoded))
	for i := range encoded {
		filter += fmt.Sprintf("[p%d]", i)
	}
	for i, r := range encoded {
		pictures = append(pictures, fmt.Sprintf("[p%d]scale=%s[v%d]", i, strings.Replace(r.size, "x", ":", 1), i))
		sounds = append(sounds, fmt.Sprintf("[a%d]", i))
		streams = append(streams, fmt.Sprintf("v:%d,a:%d,name:%s", i, i, r.name))
	}
	filter += ";" + strings.Join(pictures, ";") + fmt.Sprintf(";[1:a]asplit=%d", len(encoded)) + strings.Join(sounds, "")
	args = append(args, "-filter_complex", filter)
	for i, r := range encoded {
		args = append(args,
			"-map", fmt.Sprintf("[v%d]", i), "-map", fmt.Sprintf("[a%d]", i),
			fmt.Sprintf("-b:v:%d", i), fmt.Sprintf("%dk", r.video),
			fmt.Sprintf("-maxrate:v:%d", i), fmt.Sprintf("%dk", r.video*11/10),
			fmt.Sprintf("-bufsize:v:%d", i), fmt.Sprintf("%dk", r.video),
			fmt.Sprintf("-b:a:%d", i), fmt.Sprintf("%dk", r.audio),
		)
	}
	flags := "delete_segments+temp_file+independent_segments+program_date_time+omit_endlist"
	if first == 0 {
		flags += "+append_list" // always begins with a discontinuity
	}
	return append(args,
		"-c:v", "libx264", "-preset", "veryfast", "-profile:v", "main",
		// A key frame every two seconds and nowhere else: segments of one length.
		"-g", "60", "-keyint_min", "60", "-sc_threshold", "0",
		"-c:a", "aac", "-ac", "2",
		"-f", "hls", "-hls_time", "2", "-hls_list_size", "10",
		// Segments that have left the playlist stay for ten seconds: somebody may
		// have read it just before.
		"-hls_delete_threshold", "5",
		// temp_file: nothing is served half written. append_list and omit_endlist:
		// see FFmpeg. (The start number "epoch" would renumber an appended list.)
		"-hls_flags", flags,
		"-start_number", strconv.FormatInt(first, 10),
		"-master_pl_name", Master, "-var_stream_map", strings.Join(streams, " "),
		"-hls_segment_filename", "%v/testsrc-%d.ts", "%v/index.m3u8",
	)
}

// watch cancels what writes a stream when no segment has come for so long. On a full disk
// ffmpeg says nothing, and goes on; its master playlist it writes once.
func watch(ctx context.Context, stream fs.FS, patience time.Duration, cancel context.CancelCauseFunc) {
	var last time.Time  // segment, by the clock of the files, which may be another machine's
	began := time.Now() // to wait for the next
	look := time.NewTicker(patience / 10)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		}
		_, err := written(stream, Master)
		if err == nil {
			var came time.Time
			if came, err = LastSegment(stream); err == nil && !came.Equal(last) {
				last, began = came, time.Now()
			}
		}
		if time.Since(began) > patience {
			if err == nil {
				err = errors.New("the files are as they were")
			}
			cancel(fmt.Errorf("it has written no segment for %v: %w", patience, err))
			return
		}
	}
}

// run runs ffmpeg until it ends or ctx does. It stays on its thread, because on
// Linux the death of the thread that started a process counts as that of the
// parent (prctl(2), PR_SET_PDEATHSIG).
func run(ctx context.Context, path string, args []string, dir string, log *slog.Logger) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Dir = dir
	said := &lineLogger{log: log}
	cmd.Stderr = said
	ownGroup(cmd)
	cmd.Cancel = func() error { return interrupt(cmd) }
	cmd.WaitDelay = 3 * time.Second
	if err := cmd.Start(); err != nil {
		return err
	}
	err := cmd.Wait()
	said.end()
	killGroup(cmd) // whatever it started and left behind
	if err == nil {
		err = errors.New("it ended by itself")
	}
	return err
}
