package generator

import (
	"bytes"
	"log/slog"
)

// maxLine is where a line of ffmpeg's is cut, in bytes.
const maxLine = 1 << 10

// lineLogger is a process's standard error: each line becomes a warning. It is
// written to by one goroutine.
type lineLogger struct {
	log  *slog.Logger
	rest []byte // of a line whose end is to come
}

func (l *lineLogger) Write(p []byte) (int, error) {
	l.rest = append(l.rest, p...)
	for {
		line, rest, ended := bytes.Cut(l.rest, []byte("\n"))
		if !ended && len(line) < maxLine {
			return len(p), nil
		}
		if len(line) > maxLine {
			line, rest = l.rest[:maxLine], l.rest[maxLine:]
		}
		l.tell(line)
		l.rest = bytes.Clone(rest)
	}
}

// end tells what came after the last line's end. It is called when nobody writes
// any more.
func (l *lineLogger) end() {
	l.tell(l.rest)
	l.rest = nil
}

func (l *lineLogger) tell(line []byte) {
	if line = bytes.TrimSpace(line); len(line) > 0 {
		l.log.Warn("ffmpeg says", "line", string(line))
	}
}
