package main

import (
	"testing"
	"testing/synctest"
	"time"
)

// What takes long to make is not made again for a while, and what takes no time is made for each who asks.
func TestAnAnswerIsKeptByWhatItCost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		made, cost := 0, 100*time.Millisecond
		answer := thrifty{make: func() any { made++; time.Sleep(cost); return made }}
		for _, step := range []struct {
			after time.Duration
			cost  time.Duration
			want  string
		}{
			{0, 100 * time.Millisecond, "1\n"},
			{0, 100 * time.Millisecond, "1\n"},
			{2*time.Second - 1, 100 * time.Millisecond, "1\n"},
			{1, 0, "2\n"},
			{0, 0, "3\n"},
			{0, time.Minute, "4\n"}, // the machine stood still
			{oldest - 1, 0, "4\n"},
			{1, 0, "5\n"},
		} {
			time.Sleep(step.after)
			cost = step.cost
			if got := string(answer.get()); got != step.want {
				t.Errorf("after %v more: %q, want %q", step.after, got, step.want)
			}
		}
	})
}

func TestFiguresAreMadeThriftily(t *testing.T) {
	srv, host := start(t, plain())
	srv.figures.until = time.Now().Add(time.Hour)
	srv.figures.body = []byte("kept")
	if _, body := get(t, "http://"+host+"/stats.json"); body != "kept" {
		t.Errorf("/stats.json: %s", body)
	}
}
