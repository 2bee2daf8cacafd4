package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/server/digests"
	"github.com/p2p-mediastream/p2p-mediastream/server/generator"
)

// stream is what /hls/ serves and what makes it.
type stream struct {
	files fs.FS
	about string // a line for the human who started the server
	// made is what a generator makes; nil without one.
	made fs.FS
	// encode writes the files until its context ends; nil when nothing runs.
	encode   func(context.Context) error
	restarts *atomic.Int64 // of what encode runs, not nil with it
	release  func()        // gives the directory up where encode is never called, not nil with it
	// digests computes the files' digests; nil when they are known without.
	digests *digests.FS
}

// openStream sets up a generator mode, one of config.Generators.
func openStream(mode, dir string, log *slog.Logger) (stream, error) {
	path, found := generator.FindFFmpeg()
	switch {
	case mode == "embedded", mode == "auto" && !found:
		card, err := generator.Embedded(time.Now)
		about := "the built-in test card, live, no ffmpeg needed"
		if mode == "auto" {
			about = "the built-in test card, since there is no ffmpeg on the PATH"
		}
		return stream{files: card, made: card, about: about}, err
	case mode == "off":
		if err := checkDirectory(dir); errors.Is(err, errNoDirectory) {
			return stream{}, err
		} else if err != nil {
			log.Warn("the stream directory cannot be read yet: put the stream there, or choose another with --hls-dir", "error", err)
		}
		files := digests.New(directory(dir), log)
		return stream{files: files, digests: files, about: "off; serving what is in " + dir}, nil
	case !found:
		return stream{}, errors.New("there is no ffmpeg on the PATH: install it, or use --generator embedded")
	}
	if err := checkDirectory(dir); errors.Is(err, errNoDirectory) {
		return stream{}, err
	}
	release, err := generator.Claim(dir)
	if err != nil {
		return stream{}, fmt.Errorf("cannot write the stream: %w; choose another directory with --hls-dir", err)
	}
	files, restarts := digests.New(directory(dir), log), new(atomic.Int64)
	return stream{
		files:    files,
		made:     directory(dir),
		restarts: restarts,
		digests:  files,
		about:    "ffmpeg's test source, encoded live into " + dir + "; the first segments take some seconds",
		release:  release,
		encode: func(ctx context.Context) error {
			defer release()
			return generator.FFmpeg(ctx, generator.FFmpegOptions{Dir: dir, Log: log, Path: path, Died: func() { restarts.Add(1) }})
		},
	}, nil
}

// errNoDirectory: something else is where the stream directory should be.
var errNoDirectory = errors.New("is no directory: choose another with --hls-dir")

// checkDirectory tells what is in the way of reading a stream directory. One
// that is missing may come yet; errNoDirectory will not mend itself.
func checkDirectory(dir string) error {
	info, err := os.Stat(dir)
	if errors.Is(err, syscall.ENOTDIR) || err == nil && !info.IsDir() {
		return fmt.Errorf("the stream directory %s %w", dir, errNoDirectory)
	}
	if err == nil {
		_, err = os.ReadDir(dir) // it may be one, and not for this user
	}
	return err
}

// directory is a directory as a file system of regular files that nothing leads
// out of, neither ".." nor a symbolic link. It may appear, disappear and be
// replaced while it is served, as encoders do.
type directory string

// Open implements fs.FS. What is no regular file does not exist: to open a named
// pipe would wait for someone who writes to it.
func (d directory) Open(name string) (file fs.File, err error) {
	err = d.in(name, func(root *os.Root) error {
		if _, err := regular(root, name); err != nil {
			return err
		}
		file, err = root.Open(name)
		return err
	})
	return file, err
}

// Stat implements fs.StatFS, for what Open opens.
func (d directory) Stat(name string) (info fs.FileInfo, err error) {
	err = d.in(name, func(root *os.Root) error {
		info, err = regular(root, name)
		return err
	})
	return info, err
}

// ReadDir implements fs.ReadDirFS.
func (d directory) ReadDir(name string) (entries []fs.DirEntry, err error) {
	err = d.in(name, func(root *os.Root) error {
		entries, err = fs.ReadDir(root.FS(), name)
		return err
	})
	return entries, err
}

// in does something in the directory that is there now. Files opened in it stay
// open.
func (d directory) in(name string, do func(*os.Root) error) error {
	root, err := os.OpenRoot(string(d))
	if err != nil {
		return &fs.PathError{Op: "open", Path: name, Err: errors.Unwrap(err)}
	}
	defer root.Close()
	return do(root)
}

func regular(root *os.Root, name string) (fs.FileInfo, error) {
	info, err := root.Stat(name)
	if err != nil && errors.As(err, new(syscall.Errno)) {
		return nil, err
	}
	// An error that is not the system's is os.Root's own: the name leads out.
	if err != nil || !info.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return info, nil
}
